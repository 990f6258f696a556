"""AWS Glue: databases and tables of the data catalog, which Athena reads.

IAM checks an action on a table against the catalog and the database too (Glue developer guide, "Specifying AWS Glue
resource ARNs"), and the deletion of a database against everything that may be in it.
"""

from typing import Any, ClassVar

from ..aws import Aws
from ..grants import DeployPermissions, Grant, PlannedResource, Verb
from ..resource_type import TAGS, Change, ResourceType, Values, none_if_missing, without_none
from ..schema import Schema, block, blocks, name, string, string_map


def _catalog_arn(resource: PlannedResource) -> str:
    return resource.arn("glue", "catalog")


def _database_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("glue", f"database/{resource.name()}"),)


def _database_in_catalog_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (_catalog_arn(resource), *_database_arns(resource))


def _database_content_arns(resource: PlannedResource) -> tuple[str, ...]:
    inside = (f"{kind}/{resource.name()}/*" for kind in ("table", "userDefinedFunction"))
    return (*_database_in_catalog_arns(resource), *(resource.arn("glue", each) for each in inside))


def _table_arns(resource: PlannedResource) -> tuple[str, ...]:
    database = resource.name("databaseName")
    inside = (f"database/{database}", f"table/{database}/{resource.name()}")
    return (_catalog_arn(resource), *(resource.arn("glue", each) for each in inside))


class CatalogDatabase(ResourceType):
    pulumi_type = "aws:glue/catalogDatabase:CatalogDatabase"
    properties: ClassVar[Schema] = {"name": name(255), "description": string(), "tags": TAGS}
    outputs = ("arn", "catalogId")
    deploy_permissions = DeployPermissions(
        source="internal/service/glue/catalog_database.go",
        on=_database_in_catalog_arns,
        grants=(
            Grant(Verb.CREATE, "glue:CreateDatabase"),
            Grant(Verb.READ, "glue:GetDatabase"),
            Grant(Verb.READ, "glue:GetTags", on=_database_arns),
            Grant(Verb.UPDATE, "glue:UpdateDatabase"),
            Grant(Verb.DELETE, "glue:DeleteDatabase", on=_database_content_arns),
            Grant(Verb.TAG, "glue:TagResource glue:UntagResource", on=_database_arns),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        aws.client("glue").create_database(DatabaseInput=_database(inputs), Tags=dict(inputs["tagsAll"]))
        return f"{aws.account_id}:{inputs['name']}", {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        glue, name = aws.client("glue"), id.partition(":")[2]
        found = none_if_missing(lambda: glue.get_database(Name=name))
        if found is None:
            return None
        arn = aws.arn("glue", f"database/{name}")
        return {
            "name": name,
            "arn": arn,
            "catalogId": found["Database"]["CatalogId"],
            "description": found["Database"].get("Description") or None,
            "tagsAll": glue.get_tags(ResourceArn=arn)["Tags"],
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        glue, name = aws.client("glue"), id.partition(":")[2]
        if change.any_of("description"):
            cleared = {"Description": ""} if not change.new.get("description") else {}
            glue.update_database(Name=name, DatabaseInput=_database(change.new) | cleared)
        if change.any_of("tagsAll"):
            arn = aws.arn("glue", f"database/{name}")
            added, removed = change.tags()
            if removed:
                glue.untag_resource(ResourceArn=arn, TagsToRemove=removed)
            if added:
                glue.tag_resource(ResourceArn=arn, TagsToAdd=added)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("glue").delete_database(Name=id.partition(":")[2])


def _database(inputs: Values) -> dict[str, Any]:
    return {"Name": inputs["name"], **without_none(Description=inputs.get("description"))}


_COLUMN = {"name": string(required=True), "type": string()}


class CatalogTable(ResourceType):
    """A table of files. The lab compares columns as a set, since JSON formats match columns by name."""

    pulumi_type = "aws:glue/catalogTable:CatalogTable"
    properties: ClassVar[Schema] = {
        "name": name(255),
        "databaseName": string(required=True, replaces=True),
        "tableType": string(),
        "parameters": string_map(),
        "partitionKeys": blocks(_COLUMN),
        "storageDescriptor": block(
            {
                "location": string(),
                "inputFormat": string(),
                "outputFormat": string(),
                "serDeInfo": block({"serializationLibrary": string(), "parameters": string_map()}),
                "columns": blocks(_COLUMN),
            }
        ),
    }
    outputs = ("arn", "catalogId")
    deploy_permissions = DeployPermissions(
        source="internal/service/glue/catalog_table.go",
        on=_table_arns,
        grants=(
            Grant(Verb.CREATE, "glue:CreateTable"),
            Grant(Verb.READ, "glue:GetPartitionIndexes glue:GetTable"),
            Grant(Verb.UPDATE, "glue:UpdateTable"),
            Grant(Verb.DELETE, "glue:DeleteTable"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        database = inputs["databaseName"]
        aws.client("glue").create_table(DatabaseName=database, TableInput=_table(inputs))
        return f"{aws.account_id}:{database}:{inputs['name']}", {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        _, database, name = id.split(":")
        found = none_if_missing(lambda: aws.client("glue").get_table(DatabaseName=database, Name=name))
        if found is None:
            return None
        table = found["Table"]
        return {
            "name": name,
            "databaseName": database,
            "arn": aws.arn("glue", f"table/{database}/{name}"),
            "catalogId": table["CatalogId"],
            "tableType": table.get("TableType") or None,
            "parameters": table.get("Parameters") or None,
            "partitionKeys": _columns(table.get("PartitionKeys")),
            "storageDescriptor": _storage(table.get("StorageDescriptor")),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        aws.client("glue").update_table(DatabaseName=change.new["databaseName"], TableInput=_table(change.new))

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        _, database, name = id.split(":")
        aws.client("glue").delete_table(DatabaseName=database, Name=name)


def _table(inputs: Values) -> dict[str, Any]:
    """Return the complete definition of the table: an update removes what it does not set."""
    storage = inputs.get("storageDescriptor") or {}
    serialization = storage.get("serDeInfo") or {}
    return {
        "Name": inputs["name"],
        **without_none(TableType=inputs.get("tableType")),
        "Parameters": inputs.get("parameters") or {},
        "PartitionKeys": [_column(column) for column in inputs.get("partitionKeys") or ()],
        "StorageDescriptor": {
            **without_none(
                Location=storage.get("location"),
                InputFormat=storage.get("inputFormat"),
                OutputFormat=storage.get("outputFormat"),
            ),
            "SerdeInfo": without_none(
                SerializationLibrary=serialization.get("serializationLibrary"),
                Parameters=serialization.get("parameters"),
            ),
            "Columns": [_column(column) for column in storage.get("columns") or ()],
        },
    }


def _column(column: Values) -> dict[str, Any]:
    return {"Name": column["name"], **without_none(Type=column.get("type"))}


def _columns(response: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    return [{"name": each["Name"], **without_none(type=each.get("Type"))} for each in response or ()] or None


def _storage(response: Values | None) -> dict[str, Any] | None:
    storage = response or {}
    serialization = storage.get("SerdeInfo") or {}
    in_catalog = without_none(
        serializationLibrary=serialization.get("SerializationLibrary"), parameters=serialization.get("Parameters")
    )
    return (
        without_none(
            location=storage.get("Location"),
            inputFormat=storage.get("InputFormat"),
            outputFormat=storage.get("OutputFormat"),
            serDeInfo=in_catalog or None,
            columns=_columns(storage.get("Columns")),
        )
        or None
    )
