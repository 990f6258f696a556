from typing import Any

import pytest

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine.plugin import PluginError

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider

TABLE = "aws:dynamodb/table:Table"


def test_what_aws_fills_in_is_no_change(provider: Provider) -> None:
    inputs = {"name": "bare", "billingMode": "PAY_PER_REQUEST", "hashKey": "pk", "deletionProtectionEnabled": True}
    table = provider.create(TABLE, {**inputs, "attributes": [{"name": "pk", "type": "S"}]})
    table = provider.is_changed(table, {"deletionProtectionEnabled": False})
    assert provider.is_gone(table)


def test_a_table_lives(provider: Provider, emulator: Emulator) -> None:
    dynamodb = emulator.client("dynamodb", REGION)
    table = provider.create(
        TABLE,
        {
            "name": "ledger",
            "billingMode": "PAY_PER_REQUEST",
            "hashKey": "pk",
            "rangeKey": "sk",
            "attributes": [{"name": "sk", "type": "N"}, {"name": "pk", "type": "S"}, {"name": "who", "type": "S"}],
            "globalSecondaryIndexes": [{"name": "by-who", "hashKey": "who", "projectionType": "ALL"}],
            "pointInTimeRecovery": {"enabled": True},
            "serverSideEncryption": {"enabled": True},
            "deletionProtectionEnabled": True,
            "ttl": {"attributeName": "expires", "enabled": True},
        },
    )

    def told() -> dict[str, Any]:
        table = dynamodb.describe_table(TableName="ledger")["Table"]
        backups = dynamodb.describe_continuous_backups(TableName="ledger")["ContinuousBackupsDescription"]
        arn = table["TableArn"]
        return {
            "keys": [(k["AttributeName"], k["KeyType"]) for k in table["KeySchema"]],
            "billing": table["BillingModeSummary"]["BillingMode"],
            "indexes": [i["IndexName"] for i in table.get("GlobalSecondaryIndexes", [])],
            "encryption": table["SSEDescription"]["Status"],
            "protected": table["DeletionProtectionEnabled"],
            "recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
            "ttl": dynamodb.describe_time_to_live(TableName="ledger")["TimeToLiveDescription"]["TimeToLiveStatus"],
            "tags": {t["Key"]: t["Value"] for t in dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]},
        }

    assert told() == {
        "keys": [("pk", "HASH"), ("sk", "RANGE")],
        "billing": "PAY_PER_REQUEST",
        "indexes": ["by-who"],
        "encryption": "ENABLED",
        "protected": True,
        "recovery": "ENABLED",
        "ttl": "ENABLED",
        "tags": TAGS,
    }
    assert table.outputs["arn"] == f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/ledger"
    assert provider.is_settled(table)
    with pytest.raises(PluginError, match=r"^deleting it: DeleteTable: ValidationException: "):
        provider.delete(table)
    table = provider.is_changed(
        table,
        {
            "deletionProtectionEnabled": None,
            "pointInTimeRecovery": None,
            "serverSideEncryption": None,
            "ttl": None,
            "tags": {"Env": "dev"},
        },
    )
    assert told() == {
        "keys": [("pk", "HASH"), ("sk", "RANGE")],
        "billing": "PAY_PER_REQUEST",
        "indexes": ["by-who"],
        "encryption": "DISABLED",
        "protected": False,
        "recovery": "DISABLED",
        "ttl": "DISABLED",
        "tags": {**TAGS, "Env": "dev"},
    }
    assert provider.is_replaced_by(table, {"name": "other", "hashKey": "sk", "region": "us-east-1"})
    assert provider.is_gone(table)
