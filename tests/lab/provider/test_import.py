"""`pulumi import`: of what is there, only an id is told; its inputs are read off it, so that no update replaces it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from deadfall.lab.engine.plugin import PluginError
from deadfall.lab.provider.handlers import HANDLERS
from deadfall.lab.provider.values import ARCHIVE, ASSET, SIGNATURE, from_struct, has_secret, reveal

from .driver import ACCOUNT_ID, REGION, TAGS, Made, Provider, allow, trust, urn

ARN = f"arn:aws:%s:{REGION}:{ACCOUNT_ID}:%s"
CODE = {
    SIGNATURE: ARCHIVE,
    "assets": {"app.py": {SIGNATURE: ASSET, "text": "def handler(event, context): pass\n"}},
}
METRIC = {"name": "n", "namespace": "imported", "value": "1"}
ALARM = {
    "metricName": "n",
    "namespace": "imported",
    "statistic": "Sum",
    "period": 60,
    "evaluationPeriods": 1,
    "threshold": 1,
    "comparisonOperator": "GreaterThanOrEqualToThreshold",
}
KEYS = {"billingMode": "PAY_PER_REQUEST", "hashKey": "pk", "attributes": [{"name": "pk", "type": "S"}]}
STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": ARN % ("sqs", "imported")}
QUEUE_POLICY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})

# Type, inputs, and the id to import it by where that is not the resource's own. In an order in which they can be made.
Inputs = Callable[[dict[str, Made]], dict[str, Any]]
IMPORTS: list[tuple[str, Inputs, Callable[[Made], str] | None]] = [
    ("aws:sns/topic:Topic", lambda _: {"name": "imported", "displayName": "it", "tags": {"own": "yes"}}, None),
    ("aws:sqs/queue:Queue", lambda _: {"name": "imported", "messageRetentionSeconds": 600}, None),
    (
        "aws:sns/topicSubscription:TopicSubscription",
        lambda made: {
            "topic": made["aws:sns/topic:Topic"].id,
            "protocol": "sqs",
            "endpoint": ARN % ("sqs", "imported"),
        },
        None,
    ),
    (
        "aws:sqs/queuePolicy:QueuePolicy",
        lambda made: {"queueUrl": made["aws:sqs/queue:Queue"].id, "policy": QUEUE_POLICY},
        None,
    ),
    (
        "aws:iam/role:Role",
        lambda _: {"name": "imported", "assumeRolePolicy": trust("lambda.amazonaws.com"), "forceDetachPolicies": True},
        None,
    ),
    (
        "aws:iam/rolePolicy:RolePolicy",
        lambda _: {"role": "imported", "name": "work", "policy": allow("s3:GetObject")},
        None,
    ),
    ("aws:iam/user:User", lambda _: {"name": "imported", "path": "/service/", "forceDestroy": True}, None),
    ("aws:iam/accessKey:AccessKey", lambda _: {"user": "imported"}, None),
    ("aws:kms/key:Key", lambda _: {"description": "imported", "enableKeyRotation": True}, None),
    (
        "aws:kms/alias:Alias",
        lambda made: {"name": "alias/imported", "targetKeyId": made["aws:kms/key:Key"].id},
        None,
    ),
    (
        "aws:s3/bucket:Bucket",
        lambda _: {"bucket": "lab-provider-imported", "objectLockEnabled": True, "forceDestroy": True},
        None,
    ),
    (
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        lambda _: {"bucket": "lab-provider-imported", "blockPublicAcls": True, "ignorePublicAcls": True},
        None,
    ),
    ("aws:cloudwatch/logGroup:LogGroup", lambda _: {"name": "/imported/group", "retentionInDays": 7}, None),
    (
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        lambda _: {
            "name": "imported",
            "logGroupName": "/imported/group",
            "pattern": "{ $.a = 1 }",
            "metricTransformation": METRIC,
        },
        lambda _: "/imported/group:imported",
    ),
    (
        "aws:cloudwatch/queryDefinition:QueryDefinition",
        lambda _: {"name": "imported", "queryString": "fields @message", "logGroupNames": ["/imported/group"]},
        lambda made: ARN % ("logs", f"query-definition:{made.id}"),
    ),
    (
        "aws:athena/workgroup:Workgroup",
        lambda _: {
            "name": "imported",
            "configuration": {"resultConfiguration": {"outputLocation": "s3://results/"}},
            "forceDestroy": True,
        },
        None,
    ),
    (
        "aws:athena/namedQuery:NamedQuery",
        lambda _: {"name": "imported", "database": "imported", "workgroup": "imported", "query": "SELECT 1"},
        None,
    ),
    ("aws:glue/catalogDatabase:CatalogDatabase", lambda _: {"name": "imported"}, None),
    (
        "aws:glue/catalogTable:CatalogTable",
        lambda _: {
            "name": "imported",
            "databaseName": "imported",
            "partitionKeys": [{"name": "region", "type": "string"}],
        },
        None,
    ),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", lambda _: {"name": "imported", **ALARM}, None),
    (
        "aws:cloudwatch/eventRule:EventRule",
        lambda _: {"name": "imported", "eventPattern": '{"source":["aws.s3"]}'},
        None,
    ),
    (
        "aws:cloudwatch/eventTarget:EventTarget",
        lambda made: {"rule": "imported", "targetId": "to", "arn": made["aws:sns/topic:Topic"].id},
        lambda _: "imported/to",
    ),
    ("aws:secretsmanager/secret:Secret", lambda _: {"name": "imported", "recoveryWindowInDays": 0}, None),
    (
        "aws:secretsmanager/secretVersion:SecretVersion",
        lambda made: {"secretId": made["aws:secretsmanager/secret:Secret"].id, "secretString": "hidden"},
        None,
    ),
    ("aws:dynamodb/table:Table", lambda _: {"name": "imported", **KEYS}, None),
    (
        "aws:lambda/function:Function",
        lambda _: {
            "name": "imported",
            "role": f"arn:aws:iam::{ACCOUNT_ID}:role/imported",
            "runtime": "python3.12",
            "handler": "app.handler",
            "code": CODE,
        },
        None,
    ),
    (
        "aws:lambda/permission:Permission",
        lambda _: {
            "function": "imported",
            "action": "lambda:InvokeFunction",
            "principal": "events.amazonaws.com",
            "statementId": "rules",
        },
        lambda _: "imported/rules",
    ),
]


@pytest.fixture(scope="module")
def made(provider: Provider) -> Iterator[dict[str, Made]]:
    made: dict[str, Made] = {}
    for type, inputs, _ in IMPORTS:
        made[type] = provider.create(type, inputs(made), "imported")
    yield made
    for resource in reversed(made.values()):
        provider.delete(resource)


def imported(provider: Provider, type: str, id: str) -> Made | None:
    found = provider.plugin.call("Read", provider_pb2.ReadRequest(id=id, urn=urn(type, "imported")))
    if not found.id:
        return None
    return Made(urn(type, "imported"), found.id, from_struct(found.inputs), from_struct(found.properties))


@pytest.mark.parametrize(("type", "id_of"), [(type, id_of) for type, _, id_of in IMPORTS])
def test_what_is_imported_is_what_was_made(
    provider: Provider, made: dict[str, Made], type: str, id_of: Callable[[Made], str] | None
) -> None:
    meant = made[type]
    found = imported(provider, type, id_of(meant) if id_of else meant.id)
    assert found is not None
    assert found.id == meant.id
    handler = HANDLERS[type]
    differing, replacing, _ = provider.diff(found, meant.inputs)
    assert replacing == set()
    # AWS does not tell the first; the others are its defaults, which an update sets again where the program is silent.
    not_told = {"forceDestroy", "forceDetachPolicies", "recoveryWindowInDays", "code"}
    assert differing <= not_told | (found.inputs.keys() - meant.inputs.keys())
    assert found.inputs.get("tags", {}) == meant.inputs.get("tags", {})
    assert not handler.regional or found.inputs["region"] == REGION
    assert all(has_secret(found.outputs[key]) for key in handler.secret_outputs if key in found.outputs)
    assert provider.is_settled(provider.update(found, meant.inputs))


def test_the_default_tags_are_nobodys_own(provider: Provider, made: dict[str, Made]) -> None:
    found = imported(provider, "aws:sns/topic:Topic", made["aws:sns/topic:Topic"].id)
    assert found is not None
    assert (found.inputs["tags"], found.plain["tagsAll"]) == ({"own": "yes"}, {**TAGS, "own": "yes"})


def test_a_region_can_be_part_of_the_id(provider: Provider) -> None:
    elsewhere = provider.create("aws:cloudwatch/logGroup:LogGroup", {"name": "/there", "region": "us-east-1"})
    found = imported(provider, "aws:cloudwatch/logGroup:LogGroup", "/there@us-east-1")
    assert found is not None
    assert (found.id, reveal(found.inputs)["region"]) == ("/there", "us-east-1")
    assert imported(provider, "aws:cloudwatch/logGroup:LogGroup", "/there") is None
    provider.delete(elsewhere)


def test_a_table_with_indexes_is_refused(provider: Provider) -> None:
    inputs = {
        **KEYS,
        "name": "indexed",
        "attributes": [{"name": "pk", "type": "S"}, {"name": "who", "type": "S"}],
        "globalSecondaryIndexes": [{"name": "by-who", "hashKey": "who", "projectionType": "ALL"}],
    }
    table = provider.create("aws:dynamodb/table:Table", inputs)
    with pytest.raises(PluginError, match=r"^importing imported: the lab cannot import a table with global secondary"):
        imported(provider, "aws:dynamodb/table:Table", "indexed")
    provider.delete(table)


@pytest.mark.parametrize(
    ("type", "sentence"),
    [
        ("aws:cloudtrail/trail:Trail", "a trail is imported by its ARN, not as 'x'"),
        (
            "aws:cloudwatch/eventTarget:EventTarget",
            "a target is imported as `rule/target id` or `bus/rule/target id`, not as 'x'",
        ),
        (
            "aws:cloudwatch/logMetricFilter:LogMetricFilter",
            "a metric filter is imported as `log group:filter name`, not as 'x'",
        ),
        (
            "aws:cloudwatch/queryDefinition:QueryDefinition",
            f"a query definition is imported by its ARN, {ARN % ('logs', 'query-definition:')}…, not as 'x'",
        ),
        ("aws:glue/catalogDatabase:CatalogDatabase", "a database is imported as `catalog:database`, not as 'x'"),
        ("aws:glue/catalogTable:CatalogTable", "a table is imported as `catalog:database:table`, not as 'x'"),
        ("aws:lambda/permission:Permission", "a permission is imported as `function/statement id`, not as 'x'"),
        (
            "aws:secretsmanager/secretVersion:SecretVersion",
            "a secret's version is imported as `secret's ARN|version id`, not as 'x'",
        ),
    ],
)
def test_an_id_of_another_form_is_refused(provider: Provider, type: str, sentence: str) -> None:
    with pytest.raises(PluginError) as refused:
        imported(provider, type, "x")
    assert str(refused.value) == f"importing imported: {sentence}"
