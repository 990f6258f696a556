"""What holds for every type: checks, names, regions, tags, secrets, unknowns, failures."""

import json
from typing import Any

import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine.plugin import PartialCreationError, PluginError
from deadfall.lab.provider.values import RESOURCE, SIGNATURE, UNKNOWN, secret, to_struct

from .driver import ACCOUNT_ID, REGION, TAGS, CheckFailedError, Provider, trust, urn

TOPIC = "aws:sns/topic:Topic"
RULE = "aws:cloudwatch/eventRule:EventRule"
KEY = "aws:kms/key:Key"


# What is not there


def test_an_unknown_type_is_refused_before_anything_is_made(provider: Provider) -> None:
    with pytest.raises(PluginError, match=r"^the lab does not support the type aws:ec2/instance:Instance \(it\)$"):
        provider.check("aws:ec2/instance:Instance", {})


def test_an_unknown_function_is_refused(provider: Provider) -> None:
    request = provider_pb2.InvokeRequest(tok="aws:index/getCallerIdentity:getCallerIdentity")
    with pytest.raises(PluginError, match=r"^the lab has no function aws:index/getCallerIdentity:getCallerIdentity$"):
        provider.plugin.call("Invoke", request)


def test_a_resource_of_which_only_the_id_is_given_is_refused(provider: Provider) -> None:
    request = provider_pb2.ReadRequest(id="it", urn=urn(TOPIC, "it"))
    with pytest.raises(PluginError, match=r"^it: the lab cannot import or look up resources$"):
        provider.plugin.call("Read", request)


# Check


@pytest.mark.parametrize(
    ("type", "inputs", "reasons"),
    [
        (TOPIC, {"nmae": "x"}, {"nmae": "nmae is not a property that the lab implements; it has"}),
        (TOPIC, {"fifoTopic": True}, {"fifoTopic": "fifoTopic is not a property that the lab implements; it has"}),
        (
            "aws:sns/topicSubscription:TopicSubscription",
            {"topic": "arn"},
            {"protocol": "protocol is required", "endpoint": "endpoint is required"},
        ),
        (TOPIC, {"name": 3}, {"name": "name must be a string"}),
        (TOPIC, {"policy": "{"}, {"policy": "policy is not valid JSON"}),
        (TOPIC, {"tags": {"a": 1}}, {"tags": "tags must be a map of strings"}),
        (KEY, {"enableKeyRotation": "yes"}, {"enableKeyRotation": "enableKeyRotation must be true or false"}),
        (KEY, {"deletionWindowInDays": True}, {"deletionWindowInDays": "deletionWindowInDays must be a number"}),
        (
            "aws:s3/bucketVersioning:BucketVersioning",
            {"bucket": "b", "versioningConfiguration": {"Status": "Enabled"}},
            {
                "versioningConfiguration.Status": "versioningConfiguration.Status is not a property that the lab",
                "versioningConfiguration.status": "versioningConfiguration.status is required",
            },
        ),
        (
            "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
            {"bucket": "b", "rules": [{"id": "x", "status": "Enabled"}, {"id": "y"}]},
            {"rules[1].status": "rules[1].status is required"},
        ),
    ],
)
def test_wrong_inputs_are_named(provider: Provider, type: str, inputs: Any, reasons: dict[str, str]) -> None:
    with pytest.raises(CheckFailedError) as refused:
        provider.check(type, inputs)
    assert refused.value.reasons.keys() == reasons.keys()
    for key, reason in reasons.items():
        assert refused.value.reasons[key].startswith(reason)


def test_what_is_not_known_yet_passes(provider: Provider) -> None:
    inputs = {"name": UNKNOWN, "policy": UNKNOWN, "tags": UNKNOWN}
    assert provider.check(TOPIC, inputs) == inputs


def test_a_resource_as_an_input_stands_for_its_id(provider: Provider) -> None:
    reference = {SIGNATURE: RESOURCE, "urn": urn("aws:s3/bucket:Bucket", "b"), "id": "the-bucket"}
    checked = provider.check("aws:s3/bucketPolicy:BucketPolicy", {"bucket": reference, "policy": "{}"})
    assert checked == {"bucket": "the-bucket", "policy": "{}"}


# Names


def test_a_name_is_made_up_once(provider: Provider) -> None:
    checked = provider.check(TOPIC, {}, name="alerts")
    stem, _, digits = checked["name"].rpartition("-")
    assert (stem, len(digits), int(digits, 16) >= 0) == ("alerts", 7, True)
    assert (
        provider.check(TOPIC, {}, name="alerts", olds={**checked, "name": "alerts-1234567"})["name"] == "alerts-1234567"
    )
    # A name that the program gave before is none that the provider made up.
    assert provider.check(TOPIC, {}, name="alerts", olds={"name": "mine"})["name"] != "mine"


def test_a_made_up_name_keeps_to_the_limit(provider: Provider) -> None:
    assert len(provider.check("aws:iam/role:Role", {"assumeRolePolicy": "{}"}, name="x" * 100)["name"]) == 64


def test_only_a_given_name_makes_the_old_one_go_first(provider: Provider) -> None:
    given = provider.create(TOPIC, {"name": "given"})
    made_up = provider.create(TOPIC, {})
    elsewhere = {"region": "us-east-1"}
    assert provider.diff(given, {**given.inputs, **elsewhere}) == ({"region"}, {"region"}, True)
    assert provider.diff(given, {**given.inputs, **elsewhere, "name": "new"}) == ({"region", "name"},) * 2 + (False,)
    assert provider.diff(made_up, elsewhere) == ({"region"}, {"region"}, False)
    assert provider.is_gone(given)
    assert provider.is_gone(made_up)


# Regions and tags


def test_a_resource_may_have_its_own_region(provider: Provider, emulator: Emulator) -> None:
    topic = provider.create(TOPIC, {"name": "there", "region": "us-east-1"})
    assert topic.id == f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:there"
    assert emulator.client("sns", "us-east-1").list_topics()["Topics"] == [{"TopicArn": topic.id}]
    assert emulator.client("sns", REGION).list_topics()["Topics"] == []
    assert provider.is_settled(topic)
    assert provider.diff(topic, {"name": "there"}) == ({"region"}, {"region"}, True)  # it would move home
    assert provider.is_gone(topic)


def test_default_tags_are_merged_below_the_resources_own(provider: Provider) -> None:
    topic = provider.create(TOPIC, {"name": "tagged", "tags": {"Env": "dev", "Team": "mine"}})
    assert topic.outputs["tagsAll"] == {"Env": "dev", "Team": "mine"}
    assert topic.outputs["tags"] == {"Env": "dev", "Team": "mine"}
    differing, replacing, _ = provider.diff(topic, {"name": "tagged"})
    assert (differing, replacing) == ({"tags", "tagsAll"}, set())
    assert provider.update(topic, {"name": "tagged"}).outputs["tagsAll"] == TAGS
    assert provider.is_gone(topic)


def test_a_refresh_finds_what_changed_behind_our_back(provider: Provider, emulator: Emulator) -> None:
    rule = provider.create(RULE, {"name": "it", "eventPattern": '{"source":["aws.iam"]}', "description": "d"})
    events = emulator.client("events", REGION)
    events.put_rule(Name="it", EventPattern='{"source":["aws.sts"]}', Description="d")
    events.tag_resource(ResourceARN=rule.outputs["arn"], Tags=[{"Key": "Env", "Value": "dev"}])
    found = provider.read(rule)
    assert found is not None
    assert found.inputs == {**rule.inputs, "eventPattern": '{"source":["aws.sts"]}'}
    assert found.outputs["tagsAll"] == {**TAGS, "Env": "dev"}
    assert provider.diff(found, rule.inputs)[0] == {"eventPattern", "tagsAll"}
    assert provider.is_settled(provider.update(found, rule.inputs))
    assert provider.is_gone(rule)


# Secrets


def test_what_came_in_as_a_secret_goes_out_as_one(provider: Provider, emulator: Emulator) -> None:
    topic = provider.create(TOPIC, {"name": "it", "displayName": secret("hunter2"), "tags": {"a": secret("hunter3")}})
    attributes = emulator.client("sns", REGION).get_topic_attributes(TopicArn=topic.id)["Attributes"]
    assert attributes["DisplayName"] == "hunter2"
    assert topic.outputs["displayName"] == secret("hunter2")
    assert topic.outputs["tags"] == secret({"a": "hunter3"})
    changed = {**topic.inputs, "displayName": secret("hunter4")}
    assert provider.diff(topic, changed)[0] == {"displayName"}
    assert provider.update(topic, changed).outputs["displayName"] == secret("hunter4")
    assert provider.is_gone(topic)


# Previews


def test_a_preview_knows_the_inputs_and_nothing_that_aws_tells(provider: Provider, emulator: Emulator) -> None:
    assert provider.foresee(TOPIC, {"name": "it", "displayName": UNKNOWN, "kmsMasterKeyId": secret(UNKNOWN)}) == {
        "name": "it",
        "displayName": UNKNOWN,
        "kmsMasterKeyId": secret(UNKNOWN),
        "arn": UNKNOWN,
        "owner": UNKNOWN,
        "policy": UNKNOWN,
        "region": REGION,
        "tagsAll": TAGS,
    }
    assert emulator.client("sns", REGION).list_topics()["Topics"] == []


def test_a_value_that_is_not_known_yet_differs(provider: Provider) -> None:
    topic = provider.create(TOPIC, {"name": "it"})
    assert provider.diff(topic, {"name": "it", "displayName": UNKNOWN}) == ({"displayName"}, set(), False)
    assert provider.diff(topic, {"name": UNKNOWN})[:2] == ({"name"}, {"name"})
    request = provider_pb2.UpdateRequest(
        id=topic.id,
        urn=topic.urn,
        olds=to_struct(topic.outputs),
        news=to_struct({"name": "it", "displayName": UNKNOWN}),
        preview=True,
    )
    foreseen = provider.plugin.call("Update", request).properties
    assert (foreseen["arn"], foreseen["displayName"]) == (topic.id, UNKNOWN)
    assert provider.is_gone(topic)


# Failures


def test_a_failure_is_one_sentence_with_name_and_code(provider: Provider) -> None:
    role = {"name": "it", "assumeRolePolicy": trust("lambda.amazonaws.com")}
    made = provider.create("aws:iam/role:Role", role)
    with pytest.raises(PluginError) as failed:
        provider.create("aws:iam/role:Role", role, name="again")
    assert str(failed.value) == (
        "creating again: CreateRole: EntityAlreadyExists: Role with name it already exists: it exists outside "
        "this stack, so delete it, or choose another name or deadfall:prefix"
    )
    assert not isinstance(failed.value, PartialCreationError)
    assert provider.is_gone(made)


def test_what_the_handler_did_not_expect_is_a_sentence_too(provider: Provider) -> None:
    type, state = "aws:cloudwatch/logMetricFilter:LogMetricFilter", to_struct({"name": "x"})
    request = provider_pb2.ReadRequest(id="x", urn=urn(type, "it"), properties=state)
    with pytest.raises(PluginError, match=r"^reading it: the lab's handler failed with KeyError: 'logGroupName'$"):
        provider.plugin.call("Read", request)


def test_a_half_made_resource_is_kept_and_can_be_finished(provider: Provider, emulator: Emulator) -> None:
    inputs = {"description": "it", "enableKeyRotation": True, "rotationPeriodInDays": 1, "deletionWindowInDays": 7}
    with pytest.raises(PartialCreationError, match=r"^creating it: .*RotationPeriodInDays") as failed:
        provider.create(KEY, inputs)
    kms = emulator.client("kms", REGION)
    assert kms.describe_key(KeyId=failed.value.id)["KeyMetadata"]["Description"] == "it"
    assert failed.value.outputs == {"region": REGION}

    wanted = {**inputs, "rotationPeriodInDays": 90}
    request = provider_pb2.UpdateRequest(
        id=failed.value.id, urn=urn(KEY, "it"), olds=to_struct(failed.value.outputs), news=to_struct(wanted)
    )
    finished = provider.plugin.call("Update", request).properties
    assert kms.get_key_rotation_status(KeyId=failed.value.id)["RotationPeriodInDays"] == 90
    assert finished["arn"] == f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/{failed.value.id}"
    kms.schedule_key_deletion(KeyId=failed.value.id, PendingWindowInDays=7)


def test_the_schema_has_only_the_packages_name_and_version(provider: Provider) -> None:
    told = json.loads(provider.plugin.call("GetSchema", provider_pb2.GetSchemaRequest()).schema)
    version = provider.plugin.call("GetPluginInfo", empty_pb2.Empty())
    assert told == {"name": "aws", "version": version.version}
