from typing import Any

import pytest

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine.plugin import PluginError

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider

DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"
TABLE = "aws:glue/catalogTable:CatalogTable"
STORAGE = {
    "location": "s3://archive/AWSLogs",
    "inputFormat": "in",
    "outputFormat": "out",
    "serDeInfo": {"serializationLibrary": "json"},
    "columns": [{"name": "eventname", "type": "string"}],
}


def test_a_database_and_its_table_live(provider: Provider, emulator: Emulator) -> None:
    glue = emulator.client("glue", REGION)
    database = provider.create(DATABASE, {"name": "audit"})
    assert database.id == f"{ACCOUNT_ID}:audit"
    assert database.plain == {
        "name": "audit",
        "arn": f"arn:aws:glue:{REGION}:{ACCOUNT_ID}:database/audit",
        "catalogId": ACCOUNT_ID,
        "region": REGION,
        "tagsAll": TAGS,
    }
    assert provider.is_settled(database)
    database = provider.is_changed(database, {"description": "records", "tags": {"Team": "other"}})
    told = glue.get_database(Name="audit")["Database"]
    assert told["Description"] == "records"
    assert glue.get_tags(ResourceArn=database.plain["arn"])["Tags"] == {"Team": "other"}
    database = provider.is_changed(database, {"description": None})

    table = provider.create(
        TABLE,
        {
            "name": "logs",
            "databaseName": "audit",
            "tableType": "EXTERNAL_TABLE",
            "parameters": {"EXTERNAL": "TRUE", "projection.enabled": "true"},
            "partitionKeys": [{"name": "region", "type": "string"}],
            "storageDescriptor": STORAGE,
        },
    )
    assert table.id == f"{ACCOUNT_ID}:audit:logs"

    def of_table(key: str) -> Any:
        return glue.get_table(DatabaseName="audit", Name="logs")["Table"][key]

    assert of_table("StorageDescriptor") == {
        "Location": "s3://archive/AWSLogs",
        "InputFormat": "in",
        "OutputFormat": "out",
        "SerdeInfo": {"SerializationLibrary": "json"},
        "Columns": [{"Name": "eventname", "Type": "string"}],
    }
    assert of_table("PartitionKeys") == [{"Name": "region", "Type": "string"}]
    assert provider.is_settled(table)
    table = provider.is_changed(table, {"parameters": {"EXTERNAL": "TRUE"}, "partitionKeys": None})
    assert (of_table("Parameters"), of_table("PartitionKeys")) == ({"EXTERNAL": "TRUE"}, [])
    assert provider.is_replaced_by(table, {"name": "other", "databaseName": "other", "region": "us-east-1"})
    assert provider.is_replaced_by(database, {"name": "other", "region": "us-east-1"})
    assert provider.is_gone(table)
    assert provider.is_gone(database)


def test_a_table_needs_its_database(provider: Provider) -> None:
    with pytest.raises(PluginError, match=r"^creating it: CreateTable: EntityNotFoundException: "):
        provider.create(TABLE, {"name": "logs", "databaseName": "missing"})
