"""Amazon DynamoDB: on-demand tables."""

from typing import Any, ClassVar

from ..aws import Aws, tag_list, tag_map
from ..grants import DeployPermissions, Grant, PlannedResource, Verb
from ..resource_type import TAGS, Change, ResourceType, Values, none_if_missing, wait, without_none
from ..schema import Schema, block, blocks, boolean, name, number, string, strings
from .kms import any_key_arns


def _table_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("dynamodb", f"table/{resource.name()}"),)


class Table(ResourceType):
    pulumi_type = "aws:dynamodb/table:Table"
    properties: ClassVar[Schema] = {
        "name": name(255),
        "attributes": blocks(
            {"name": string(required=True), "type": string(required=True)}, required=True, replaces=True
        ),
        "hashKey": string(required=True, replaces=True),
        "rangeKey": string(replaces=True),
        "billingMode": string(required=True, replaces=True),
        # AWS can add and remove indexes in place; here a change of them replaces the table.
        "globalSecondaryIndexes": blocks(
            {
                "name": string(required=True),
                "hashKey": string(required=True),
                "rangeKey": string(),
                "projectionType": string(required=True),
                "nonKeyAttributes": strings(),
            },
            replaces=True,
        ),
        "deletionProtectionEnabled": boolean(),
        "pointInTimeRecovery": block({"enabled": boolean(required=True), "recoveryPeriodInDays": number()}),
        "serverSideEncryption": block({"enabled": boolean(required=True), "kmsKeyArn": string()}),
        "ttl": block({"attributeName": string(), "enabled": boolean()}),
        "tags": TAGS,
    }
    outputs = ("arn",)
    set_after_creation = frozenset({"pointInTimeRecovery", "ttl"})
    deploy_permissions = DeployPermissions(
        source="internal/service/dynamodb/table.go",
        on=_table_arns,
        grants=(
            Grant(Verb.CREATE, "dynamodb:CreateTable"),
            Grant(
                Verb.READ,
                "dynamodb:DescribeContinuousBackups dynamodb:DescribeTable dynamodb:DescribeTimeToLive "
                "dynamodb:ListTagsOfResource",
            ),
            # The provider resolves alias/aws/dynamodb to distinguish the AWS managed key from a customer managed one.
            Grant(
                Verb.READ,
                "kms:DescribeKey",
                on=any_key_arns,
                when=lambda resource: bool(resource.get("serverSideEncryption")),
            ),
            Grant(Verb.UPDATE, "dynamodb:UpdateTable"),
            Grant(
                Verb.UPDATE,
                "dynamodb:UpdateContinuousBackups",
                when=lambda resource: bool(resource.get("pointInTimeRecovery")),
            ),
            Grant(Verb.UPDATE, "dynamodb:UpdateTimeToLive", when=lambda resource: bool(resource.get("ttl"))),
            Grant(Verb.DELETE, "dynamodb:DeleteTable"),
            Grant(Verb.TAG, "dynamodb:TagResource dynamodb:UntagResource"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        dynamodb = aws.client("dynamodb")
        dynamodb.create_table(
            TableName=inputs["name"],
            KeySchema=_keys(inputs),
            AttributeDefinitions=[
                {"AttributeName": a["name"], "AttributeType": a["type"]} for a in inputs["attributes"]
            ],
            BillingMode=inputs["billingMode"],
            Tags=tag_list(inputs["tagsAll"]),
            **without_none(
                DeletionProtectionEnabled=inputs.get("deletionProtectionEnabled"),
                SSESpecification=_encryption(inputs.get("serverSideEncryption")),
                GlobalSecondaryIndexes=[_index(i) for i in inputs.get("globalSecondaryIndexes", [])] or None,
            ),
        )
        wait(
            lambda: dynamodb.describe_table(TableName=inputs["name"])["Table"]["TableStatus"] == "ACTIVE",
            f"the table {inputs['name']}",
        )
        return inputs["name"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        dynamodb = aws.client("dynamodb")
        found = none_if_missing(lambda: dynamodb.describe_table(TableName=id))
        if found is None:
            return None
        table = found["Table"]
        backups = dynamodb.describe_continuous_backups(TableName=id)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {})
        ttl = dynamodb.describe_time_to_live(TableName=id)["TimeToLiveDescription"]
        encryption = table.get("SSEDescription", {})
        observed = {
            "name": table["TableName"],
            "arn": table["TableArn"],
            "attributes": [
                {"name": a["AttributeName"], "type": a["AttributeType"]} for a in table["AttributeDefinitions"]
            ],
            "billingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
            "deletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
            "pointInTimeRecovery": {
                "enabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
                **without_none(recoveryPeriodInDays=recovery.get("RecoveryPeriodInDays")),
            },
            "serverSideEncryption": {"enabled": encryption.get("Status") == "ENABLED"}
            | without_none(
                kmsKeyArn=encryption.get("KMSMasterKeyArn") if encryption.get("Status") == "ENABLED" else None
            ),
            "ttl": {"enabled": ttl.get("TimeToLiveStatus") == "ENABLED"}
            | without_none(attributeName=ttl.get("AttributeName")),
            "tagsAll": tag_map(dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]),
        }
        for key in table["KeySchema"]:
            observed["hashKey" if key["KeyType"] == "HASH" else "rangeKey"] = key["AttributeName"]
        for key in ("pointInTimeRecovery", "serverSideEncryption", "ttl"):
            if isinstance(state.get(key), dict):  # settings that AWS added are not drift
                observed[key] = {k: v for k, v in observed[key].items() if k in state[key] or k == "enabled"}
        return observed

    def update(self, aws: Aws, id: str, change: Change) -> None:
        dynamodb, new = aws.client("dynamodb"), change.new
        if change.any_of("deletionProtectionEnabled"):
            dynamodb.update_table(TableName=id, DeletionProtectionEnabled=new.get("deletionProtectionEnabled", False))
        if change.any_of("serverSideEncryption"):
            specification = _encryption(new.get("serverSideEncryption")) or {"Enabled": False}
            dynamodb.update_table(TableName=id, SSESpecification=specification)
        if change.any_of("pointInTimeRecovery"):
            recovery = new.get("pointInTimeRecovery") or {}
            dynamodb.update_continuous_backups(
                TableName=id,
                PointInTimeRecoverySpecification={
                    "PointInTimeRecoveryEnabled": recovery.get("enabled", False),
                    **without_none(RecoveryPeriodInDays=recovery.get("recoveryPeriodInDays")),
                },
            )
        if change.any_of("ttl"):
            ttl = new.get("ttl") or {}
            attribute = ttl.get("attributeName") or (change.old.get("ttl") or {}).get("attributeName")
            dynamodb.update_time_to_live(
                TableName=id,
                TimeToLiveSpecification={"Enabled": ttl.get("enabled", False), "AttributeName": attribute},
            )
        if change.any_of("tagsAll"):
            arn = aws.arn("dynamodb", f"table/{id}")
            added, removed = change.tags()
            if removed:
                dynamodb.untag_resource(ResourceArn=arn, TagKeys=removed)
            if added:
                dynamodb.tag_resource(ResourceArn=arn, Tags=tag_list(added))

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("dynamodb").delete_table(TableName=id)


def _keys(of: Values) -> list[dict[str, str]]:
    keys = [{"AttributeName": of["hashKey"], "KeyType": "HASH"}]
    return [*keys, {"AttributeName": of["rangeKey"], "KeyType": "RANGE"}] if of.get("rangeKey") else keys


def _index(index: Values) -> dict[str, Any]:
    return {
        "IndexName": index["name"],
        "KeySchema": _keys(index),
        "Projection": {"ProjectionType": index["projectionType"]}
        | without_none(NonKeyAttributes=index.get("nonKeyAttributes")),
    }


def _encryption(block: Values | None) -> dict[str, Any] | None:
    if block is None:
        return None
    if not block.get("enabled"):
        return {"Enabled": False}
    return {"Enabled": True, "SSEType": "KMS", **without_none(KMSMasterKeyId=block.get("kmsKeyArn"))}
