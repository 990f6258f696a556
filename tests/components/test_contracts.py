"""What holds for every resource of the program, whatever it is."""

import json
import re

import pulumi_aws

from components.honeytokens import HONEYTOKENS
from deadfall.lab.engine import Resource, Result
from deadfall.lab.provider.values import SECRET, signature

COMPONENTS = {
    "deadfall:index:Account",
    "deadfall:index:AlertTopic",
    "deadfall:index:AuditTrail",
    "deadfall:index:DeadLetterQueue",
    "deadfall:index:Detection",
    "deadfall:index:EncryptionKey",
    "deadfall:index:EventForwarder",
    "deadfall:index:KillSwitch",
    "deadfall:index:SecureBucket",
    *(f"deadfall:index:{kind.__name__}" for kind in HONEYTOKENS),
}
GLOBAL = ("aws:iam/",)
UNTAGGED = {
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter",
    "aws:iam/accessKey:AccessKey",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:kms/alias:Alias",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "aws:lambda/permission:Permission",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:secretsmanager/secretVersion:SecretVersion",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:sqs/queuePolicy:QueuePolicy",
}


def custom(result: Result) -> list[Resource]:
    return [r for r in result.resources if r.type.startswith("aws:")]


def test_the_type_tokens_of_the_components_are_these(dev: Result):
    assert {r.type for r in dev.resources if r.type.startswith("deadfall:")} == COMPONENTS


def test_every_resource_has_a_component_for_a_parent(dev: Result):
    types = {r.urn: r.type for r in dev.resources}
    for resource in custom(dev):
        assert types[resource.parent].startswith("deadfall:index:"), resource.urn


def test_every_resource_uses_the_one_provider_of_the_account(dev: Result):
    (provider,) = (r for r in dev.resources if r.type.startswith("pulumi:providers:"))
    assert provider.type == "pulumi:providers:aws"
    assert {resource.provider.rpartition("::")[0] for resource in custom(dev)} == {provider.urn}
    assert json.loads(provider.inputs["allowedAccountIds"]) == ["111122223333"]
    assert json.loads(provider.inputs["defaultTags"]) == {"tags": {"Environment": "dev", "Team": "platform"}}


def test_every_regional_resource_names_its_region(dev: Result):
    for resource in custom(dev):
        if resource.type.startswith(GLOBAL):
            assert "region" not in resource.inputs, resource.urn
        else:
            assert resource.inputs["region"] in ("eu-west-1", "us-east-1"), resource.urn


def test_everything_that_takes_tags_gets_the_stacks_and_no_other(applied):
    _, result = applied
    for resource in custom(result):
        if resource.type in UNTAGGED:
            assert "tagsAll" not in resource.outputs, resource.urn
        else:
            assert resource.outputs["tagsAll"] == {"Environment": "dev", "Team": "platform"}, resource.urn
            assert "tags" not in resource.inputs, resource.urn


def test_untagged_types_are_those_that_pulumi_aws_gives_no_tags():
    for token in UNTAGGED:
        module, _, name = token.split(":")[1].partition("/")[0], "", token.split(":")[2]
        cls = getattr(getattr(pulumi_aws, {"lambda": "lambda_"}.get(module, module)), name)
        assert not hasattr(cls, "tags_all"), token


def test_decoy_values_are_secrets_on_the_wire_and_nowhere_else(applied):
    _, result = applied
    versions = [r for r in custom(result) if r.type == "aws:secretsmanager/secretVersion:SecretVersion"]
    assert versions
    for version in versions:
        assert signature(version.inputs["secretString"]) == SECRET
        password = json.loads(version.inputs["secretString"]["value"])["password"]
        for resource in result.resources:
            if resource is not version:
                assert password not in json.dumps([resource.inputs, resource.outputs], default=str), resource.urn
    (key,) = (r for r in custom(result) if r.type == "aws:iam/accessKey:AccessKey")
    assert signature(key.outputs["secret"]) == SECRET


def test_outputs_hold_no_secret_and_name_no_decoy_in_plain_text(applied):
    _, result = applied
    decoys = result.stack_outputs["decoys"]
    assert signature(decoys) == SECRET
    plain = json.dumps({key: value for key, value in result.stack_outputs.items() if key != "decoys"})
    for planted in result.revealed_outputs()["decoys"]:
        assert planted["name"] not in plain
    assert set(result.stack_outputs) == {
        "homeRegion",
        "responderFunction",
        "responderDeadLetters",
        "ruleDeadLetters",
        "ledgerTable",
        "evidenceBucket",
        "trailLogGroup",
        "alertTopicArn",
        "alarmTopicArn",
        "decoys",
    }


def test_nothing_but_the_decoys_own_detections_tells_that_there_are_decoys(dev: Result):
    telling = ("decoy", "honey", "canary", "deadfall", "kill", "trap", "bait")
    for resource in custom(dev):
        shown = {k: v for k, v in resource.inputs.items() if k not in ("code", "handler")}
        text = json.dumps(shown).lower()
        assert not [word for word in telling if word in text], resource.urn


def test_preview_shows_every_resource_that_up_makes(dev: Result, applied):
    _, result = applied
    assert {r.urn for r in dev.resources} == {r.urn for r in result.resources}


def test_a_second_up_changes_nothing(applied):
    lab, first = applied
    second = lab.deployment.up()
    assert not second.changes
    graph = {r.urn: (r.parent, sorted(r.dependencies), r.inputs) for r in first.resources}
    assert {r.urn: (r.parent, sorted(r.dependencies), r.inputs) for r in second.resources} == graph


def test_the_program_warns_of_nothing_but_the_holes_that_missing_detections_leave(dev: Result):
    (said,) = dev.diagnostics
    assert said.severity == "warning"
    assert re.fullmatch(r"coverage: \d+ proved, .* [1-9]\d* holes; see docs/coverage\.md", said.message)


def test_what_holds_evidence_is_protected_unless_the_stack_says_otherwise(dev: Result, other: Result):
    assert [r.urn for r in custom(dev) if r.protect] == []
    assert {(r.type, r.name) for r in custom(other) if r.protect} == {
        ("aws:cloudtrail/trail:Trail", "trail"),
        ("aws:cloudwatch/logGroup:LogGroup", "trail"),
        ("aws:cloudwatch/logGroup:LogGroup", "responder"),
        ("aws:dynamodb/table:Table", "responder-ledger"),
        ("aws:kms/key:Key", "key-eu-west-1"),
        ("aws:s3/bucket:Bucket", "trail-archive"),
        ("aws:s3/bucket:Bucket", "responder-evidence"),
    }
