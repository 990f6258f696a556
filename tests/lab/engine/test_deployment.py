"""What a preview, an update, a refresh and a destroy do to what is there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine import Changes, Deployment, DeploymentError, Event
from deadfall.lab.provider.values import UNKNOWN, secret

from .programs import ACCOUNT_ID, REGION, display_name, names, resource, topics, urn

Stack = Callable[..., Deployment]

TWO_TOPICS = """
aws = Provider()
one = topic("one", provider=aws)
two = topic("two", provider=aws, inputs={"name": "two", "displayName": one.arn.apply(lambda arn: arn[-3:])})
pulumi.export("arn", one.arn)
"""


def failure(call: Callable[[], Any]) -> DeploymentError:
    with pytest.raises(DeploymentError) as failed:
        call()
    return failed.value


# The life of a stack


def test_the_stack_file_may_be_in_another_folder(stack: Stack, tmp_path: Path) -> None:
    program = 'pulumi.export("colour", pulumi.Config("small").require("colour"))'
    assert "colour" in str(failure(stack(program).preview))
    elsewhere = tmp_path / "mine"
    elsewhere.mkdir()
    (elsewhere / "Pulumi.dev.yaml").write_text("config: {colour: red}\n")
    assert stack(program, stack_files=elsewhere).preview().outputs == {"colour": "red"}


@pytest.mark.usefixtures("cold")
def test_the_life_of_a_stack(stack: Stack, emulator: Emulator, state: Path, events: list[Event]) -> None:
    deployment = stack(TWO_TOPICS)
    everything = ["aws", "one", "small-dev", "two"]

    foreseen = deployment.preview()
    assert names(foreseen.changes.created) == everything
    assert (foreseen.stack_outputs, foreseen.outputs) == ({"arn": UNKNOWN}, {"arn": "[unknown]"})
    assert resource(foreseen, "two").inputs == {"name": "two", "displayName": UNKNOWN}
    assert (resource(foreseen, "one").id, resource(foreseen, "one").outputs["arn"]) == ("", UNKNOWN)
    assert (topics(emulator), state.exists()) == ([], False)

    events.clear()
    made = deployment.up()
    assert names(made.changes.created) == everything
    assert {r.urn for r in made.resources} == {r.urn for r in foreseen.resources}
    assert made.outputs == {"arn": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:one"}
    assert (topics(emulator), display_name(emulator, "two")) == (["one", "two"], "one")
    assert [(e.stage, e.action, e.urn) for e in events] == [
        ("started", "create", urn("one")),
        ("done", "create", urn("one")),
        ("started", "create", urn("two")),
        ("done", "create", urn("two")),
    ]

    again = deployment.up()
    assert not again.changes
    assert names(again.changes.same) == everything
    assert again.outputs == made.outputs
    assert not deployment.preview().changes
    assert not deployment.refresh().changes

    events.clear()
    gone = deployment.destroy()
    assert names(gone.changes.deleted) == everything
    assert [e.urn for e in events if e.stage == "done"] == [urn("two"), urn("one")]  # dependents first
    assert (topics(emulator), list(state.parent.iterdir())) == ([], [])


def test_the_real_sdk(stack: Stack, emulator: Emulator) -> None:
    program = """
import pulumi_aws

aws = pulumi_aws.Provider("aws", region="eu-west-1", allowed_account_ids=["111122223333"],
                          default_tags={"tags": {"Team": "platform"}})
options = pulumi.ResourceOptions(provider=aws)
user = pulumi_aws.iam.User("user", name="it", opts=options)
key = pulumi_aws.iam.AccessKey("key", user=user.name, opts=options)
pulumi.export("key", key.secret)
pulumi.export("tags", user.tags_all)
"""
    made = stack(program, own_provider=True).up()
    assert made.outputs == {"key": "[secret]", "tags": {"Team": "platform"}}
    identity = emulator.client("iam", REGION).list_access_keys(UserName="it")["AccessKeyMetadata"][0]
    assert resource(made, "key").id == identity["AccessKeyId"]
    assert len(made.revealed_outputs()["key"]) == 40
    assert made.diagnostics == []


# Changes


def test_a_change_in_place_and_a_removal(stack: Stack, emulator: Emulator) -> None:
    stack(TWO_TOPICS).up()
    changed = stack("aws = Provider()\ntopic('one', provider=aws, inputs={'name': 'one', 'displayName': 'new'})")
    expected = Changes(updated=[urn("one")], deleted=[urn("two")])
    for operation in (changed.preview, changed.up):
        changes = operation().changes
        assert (changes.updated, changes.deleted) == (expected.updated, expected.deleted)
        assert (changes.created, changes.replaced, names(changes.same)) == ([], [], ["aws", "small-dev"])
    assert (topics(emulator), display_name(emulator, "one")) == (["one"], "new")


def test_another_name_replaces_and_the_old_one_goes_last(stack: Stack, emulator: Emulator, events: list[Event]) -> None:
    program = "aws = Provider()\ntopic('it', provider=aws, inputs={'name': config.require('word')})"
    stack(program).up()
    events.clear()
    renamed = stack(program, config={"word": "world"})
    assert renamed.preview().changes.replaced == [urn("it")]
    assert renamed.up().changes == Changes(replaced=[urn("it")], same=renamed.preview().changes.same[:2])
    steps = [(e.action, e.urn) for e in events if e.stage == "done"]
    assert steps == [("replace", urn("it"))] * 2 + [("delete", urn("it"))]
    assert topics(emulator) == ["world"]


ROLE = """
aws = Provider()
trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
document = lambda statement: json.dumps({"Version": "2012-10-17", "Statement": [statement]})
inputs = {"name": "it", "path": config.require("path"), "assumeRolePolicy": document(trust)}
role = Resource("aws:iam/role:Role", "role", inputs, provider=aws)
inputs = {"role": role.id, "name": "work", "policy": document(allow)}
Resource("aws:iam/rolePolicy:RolePolicy", "policy", inputs, provider=aws)
topic("beside", provider=aws, depends_on=[role])
"""


def test_the_same_name_makes_the_old_one_go_first_with_what_hangs_on_it(
    stack: Stack, emulator: Emulator, events: list[Event]
) -> None:
    stack(ROLE, config={"path": "/one/"}).up()
    moved = stack(ROLE, config={"path": "/two/"})
    assert names(moved.preview().changes.replaced) == ["policy", "role"]
    events.clear()
    changes = moved.up().changes
    assert (names(changes.replaced), changes.updated, changes.created, changes.deleted) == (
        ["policy", "role"],
        [],
        [],
        [],
    )
    steps = [(e.action, e.urn.rpartition("::")[2]) for e in events if e.stage == "done"]
    assert steps == [("delete", "policy"), ("delete", "role"), ("replace", "role"), ("replace", "policy")]
    iam = emulator.client("iam", REGION)
    assert iam.get_role(RoleName="it")["Role"]["Path"] == "/two/"
    assert iam.list_role_policies(RoleName="it")["PolicyNames"] == ["work"]
    assert not moved.up().changes


def test_a_made_up_name_is_kept_until_the_resource_is_replaced(stack: Stack, emulator: Emulator) -> None:
    program = """
aws = Provider()
Resource("aws:kms/alias:Alias", "alias", {"name": "alias/it", "targetKeyId": config.require("key")}, provider=aws)
inputs = {"forceDestroy": True, "objectLockEnabled": config.get("lock") == "yes"}
Resource("aws:s3/bucket:Bucket", "bucket", inputs, provider=aws)
"""
    kms = emulator.client("kms", REGION)
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]
    first = resource(stack(program, config={"key": keys[0]}).up(), "bucket").id
    second = resource(stack(program, config={"key": keys[1]}).up(), "bucket").id
    third = resource(stack(program, config={"key": keys[1], "lock": "yes"}).up(), "bucket").id
    assert first == second != third
    buckets = emulator.client("s3", REGION).list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets] == [third]


def test_code_is_compared_by_content(stack: Stack, emulator: Emulator, tmp_path: Path) -> None:
    """A file behind an unchanged path: only what is in it counts."""
    file = tmp_path / "program" / "handler.py"
    program = """
aws = Provider()
trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
inputs = {"name": "it", "assumeRolePolicy": json.dumps({"Version": "2012-10-17", "Statement": [trust]})}
role = Resource("aws:iam/role:Role", "role", inputs, provider=aws)
code = pulumi.AssetArchive({"handler.py": pulumi.FileAsset("handler.py")})
inputs = {"name": "it", "role": role.arn, "runtime": "python3.12", "handler": "handler.answer", "code": code}
Resource("aws:lambda/function:Function", "function", inputs, provider=aws)
"""
    file.write_text("def answer(event, context): return 1\n")
    deployment = stack(program, own_provider=True)  # in whose directory the file is
    deployment.up()
    file.touch()
    assert not deployment.up().changes
    file.write_text("def answer(event, context): return 2\n")
    assert names(deployment.up().changes.updated) == ["function"]
    invoked = emulator.client("lambda", REGION).invoke(FunctionName="it")
    assert json.loads(invoked["Payload"].read()) == 2
    file.unlink()
    assert (
        str(failure(deployment.preview)) == "function: the asset handler.py cannot be read: No such file or directory"
    )


# Options


def test_a_protected_resource_stays(stack: Stack, emulator: Emulator) -> None:
    protected = "aws = Provider()\ntopic('kept', provider=aws, protect=True)\ntopic('other', provider=aws)"
    stack(protected).up()
    assert (
        str(failure(stack(protected).destroy)) == "nothing was destroyed: remove `protect` from kept and update first"
    )
    assert str(failure(stack("aws = Provider()").up)) == (
        "kept is protected: remove `protect` from it before removing it from the program"
    )
    renamed = "aws = Provider()\ntopic('kept', provider=aws, protect=True, inputs={'name': 'new'})"
    assert str(failure(stack(renamed).preview)) == (
        "kept is protected, but a change of name replaces it: remove `protect` from it first"
    )
    assert "kept" in topics(emulator)
    stack(protected.replace(", protect=True", "")).up()
    stack(protected).destroy()
    assert topics(emulator) == []


def test_retain_on_delete_leaves_the_resource(stack: Stack, emulator: Emulator) -> None:
    deployment = stack("aws = Provider()\ntopic('kept', provider=aws, retain_on_delete=True)")
    deployment.up()
    assert "kept" in names(deployment.destroy().changes.deleted)
    assert topics(emulator) == ["kept"]
    emulator.client("sns", REGION).delete_topic(TopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:kept")


def test_ignored_changes_are_not_made(stack: Stack, emulator: Emulator) -> None:
    program = """
aws = Provider()
inputs = {"name": "it", "displayName": config.require("word")}
topic("it", provider=aws, inputs=inputs, ignore_changes=["displayName"])
"""
    stack(program).up()
    assert not stack(program, config={"word": "other"}).up().changes
    assert display_name(emulator, "it") == "hello"


def test_an_alias_keeps_the_resource_under_a_new_name(stack: Stack, emulator: Emulator) -> None:
    stack("aws = Provider()\ntopic('before', provider=aws, inputs={'name': 'it'})").up()
    aliases = "aliases=[pulumi.Alias(name='before', parent=pulumi.ROOT_STACK_RESOURCE)]"
    moved = f"""
aws = Provider()
topic('after', inputs={{'name': 'it'}}, provider=aws, parent=Component('parent'), {aliases})
"""
    changes = stack(moved).up().changes
    assert (names(changes.created), changes.deleted) == (["parent"], [])
    assert "urn:pulumi:dev::small::small:index:Component$aws:sns/topic:Topic::after" in changes.same
    assert topics(emulator) == ["it"]
    assert not stack(moved).up().changes


def test_another_region_of_the_provider_moves_what_is_there(stack: Stack, emulator: Emulator) -> None:
    program = "topic('it', provider=Provider(region=config.get('region') or 'eu-west-1'))"
    stack(program).up()
    changes = stack(program, config={"region": "us-east-1"}).up().changes
    assert (names(changes.updated), names(changes.replaced)) == (["aws"], ["it"])
    assert (topics(emulator), topics(emulator, "us-east-1")) == ([], ["it"])


# What really is there


def test_a_refresh_takes_over_what_changed_and_forgets_what_is_gone(stack: Stack, emulator: Emulator) -> None:
    deployment = stack(TWO_TOPICS)
    deployment.up()
    sns = emulator.client("sns", REGION)
    arns = {name: f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:{name}" for name in ("one", "two")}
    sns.delete_topic(TopicArn=arns["one"])
    sns.set_topic_attributes(TopicArn=arns["two"], AttributeName="DisplayName", AttributeValue="by hand")
    assert not deployment.up().changes  # without a refresh nobody looks
    found = deployment.refresh().changes
    assert (found.deleted, found.updated, found.same) == ([urn("one")], [urn("two")], [])
    assert deployment.refresh().changes.same == [urn("two")]
    mended = deployment.up().changes
    assert (mended.created, mended.updated) == ([urn("one")], [urn("two")])
    assert (topics(emulator), display_name(emulator, "two")) == (["one", "two"], "one")


def test_destroy_does_not_mind_what_is_gone_already(stack: Stack, emulator: Emulator) -> None:
    deployment = stack(TWO_TOPICS)
    deployment.up()
    emulator.client("sns", REGION).delete_topic(TopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:one")
    deployment.destroy()
    assert topics(emulator) == []


# Failures


def test_a_failed_creation_leaves_a_true_state(stack: Stack, emulator: Emulator) -> None:
    program = """
aws = Provider()
one = topic("one", provider=aws)
pattern = one.arn.apply(lambda _: config.require("pattern"))
rule = Resource("aws:cloudwatch/eventRule:EventRule", "rule", {"name": "it", "eventPattern": pattern}, provider=aws)
topic("after", provider=aws, depends_on=[rule])
"""
    failed = failure(stack(program, config={"pattern": '{"source": "aws.iam"}'}).up)
    assert str(failed).startswith("creating rule: PutRule: InvalidEventPatternException: ")
    assert "\n" not in str(failed)
    assert [d.severity for d in failed.result.diagnostics] == ["error"]
    assert names(failed.result.changes.created) == ["aws", "one", "small-dev"]
    assert topics(emulator) == ["one"]
    mended = stack(program, config={"pattern": '{"source": ["aws.iam"]}'}).up().changes
    assert (names(mended.created), names(mended.same)) == (["after", "rule"], ["aws", "one", "small-dev"])
    stack(program).destroy()
    assert topics(emulator) == []


def test_a_half_made_resource_is_finished_next_time(stack: Stack, emulator: Emulator) -> None:
    """The deployer may make a key, but not rotate it at first; the program stays the same."""
    program = """
aws = Provider(accessKey=config.require("key"), secretKey=config.require("secret"))
Resource("aws:kms/key:Key", "key", {"enableKeyRotation": True, "deletionWindowInDays": 7}, provider=aws)
"""
    iam, kms = emulator.client("iam", REGION), emulator.client("kms", REGION)
    iam.create_user(UserName="deployer")

    def may(actions: list[str]) -> None:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="deployer", PolicyName="work", PolicyDocument=document)

    some = ["kms:CreateKey", "kms:TagResource", "kms:DescribeKey", "kms:Get*", "kms:List*", "kms:ScheduleKeyDeletion"]
    may(some)
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    credentials = {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
    deployment = stack(program, config=credentials, secrets=credentials)
    for _ in range(2):  # nothing changed, so the second attempt fails as the first did
        assert "EnableKeyRotation: AccessDenied" in str(failure(deployment.up))
    may([*some, "kms:EnableKeyRotation"])
    finished = deployment.up()
    assert names(finished.changes.updated) == ["key"]
    made = resource(finished, "key")
    assert made.outputs["arn"] == f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/{made.id}"
    assert kms.get_key_rotation_status(KeyId=made.id)["KeyRotationEnabled"]
    assert not deployment.up().changes
    deployment.destroy()
    assert kms.describe_key(KeyId=made.id)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    iam.delete_access_key(UserName="deployer", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="deployer", PolicyName="work")
    iam.delete_user(UserName="deployer")


def test_a_failed_replacement_keeps_the_old_one(stack: Stack, emulator: Emulator) -> None:
    program = "Resource('aws:iam/user:User', 'it', {'name': config.require('word')}, provider=Provider())"
    stack(program).up()
    failed = failure(stack(program, config={"word": "not a name"}).up)
    assert str(failed).startswith("creating it: CreateUser: ValidationError: ")
    users = emulator.client("iam", REGION).list_users()["Users"]
    assert [user["UserName"] for user in users] == ["hello"]
    assert not stack(program).up().changes


def test_a_failed_deletion_keeps_the_rest(stack: Stack, emulator: Emulator) -> None:
    program = """
aws = Provider()
one = topic("one", provider=aws)
bucket = Resource("aws:s3/bucket:Bucket", "bucket", {"bucket": "small-full"}, provider=aws, depends_on=[one])
"""
    deployment = stack(program)
    deployment.up()
    s3 = emulator.client("s3", REGION)
    s3.put_object(Bucket="small-full", Key="key", Body=b"")
    failed = failure(deployment.destroy)
    assert str(failed).startswith("deleting bucket: DeleteBucket: BucketNotEmpty: ")
    assert topics(emulator) == ["one"]
    s3.delete_object(Bucket="small-full", Key="key")
    assert names(deployment.destroy().changes.deleted) == ["aws", "bucket", "one", "small-dev"]


def test_a_program_that_fails_deletes_nothing(stack: Stack, emulator: Emulator) -> None:
    stack(TWO_TOPICS).up()
    assert str(failure(stack("aws = Provider()\nraise pulumi.RunError('not today')").up)) == "not today"
    assert topics(emulator) == ["one", "two"]


# Secrets


def test_secrets_are_not_in_the_state(stack: Stack, emulator: Emulator, state: Path) -> None:
    program = """
aws = Provider()
word = config.require_secret("word")
owner = Resource("aws:secretsmanager/secret:Secret", "owner", {"name": "it", "recoveryWindowInDays": 0}, provider=aws)
inputs = {"secretId": owner.id, "secretString": word}
Resource("aws:secretsmanager/secretVersion:SecretVersion", "version", inputs, provider=aws)
topic("told", provider=aws, inputs={"name": "told", "displayName": word}, additional_secret_outputs=["arn"])
pulumi.export("word", word)
pulumi.export("within", {"list": [word]})
"""
    deployment = stack(program, config={"word": "hunter2"}, secrets={"word"})
    made = deployment.up()
    assert resource(made, "version").inputs["secretString"] == secret("hunter2")
    assert resource(made, "told").outputs["displayName"] == secret("hunter2")
    assert resource(made, "told").outputs["arn"] == secret(f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:told")
    assert made.outputs == {"word": "[secret]", "within": {"list": ["[secret]"]}}
    assert made.revealed_outputs() == {"word": "hunter2", "within": {"list": ["hunter2"]}}
    assert "hunter2" not in repr(made.outputs)

    beside = state.with_name("state.json.secrets")
    assert "hunter2" not in state.read_text()
    assert "hunter2" in beside.read_text()
    assert (beside.stat().st_mode & 0o777, state.stat().st_mode & 0o777) == (0o600, 0o600)
    assert not deployment.up().changes
    assert names(stack(program, config={"word": "hunter3"}, secrets={"word"}).up().changes.replaced) == ["version"]
    value = emulator.client("secretsmanager", REGION).get_secret_value(SecretId="it")
    assert value["SecretString"] == "hunter3"
    deployment.destroy()
    assert not beside.exists()
