"""AWS Glue: the data catalog.

What concerns a table is asked for on the catalog and on its database, too (Glue developer guide, "Specifying AWS Glue
resource ARNs"); deleting a database on all that may be in it.
"""

from ..grant import Grant, ResourceType, Verb
from ..planned import Planned


def _catalog(resource: Planned) -> str:
    return resource.arn("glue", "catalog")


def _itself(resource: Planned) -> tuple[str, ...]:
    return (resource.arn("glue", f"database/{resource.name()}"),)


def _database(resource: Planned) -> tuple[str, ...]:
    return (_catalog(resource), *_itself(resource))


def _all_of_database(resource: Planned) -> tuple[str, ...]:
    inside = (f"{kind}/{resource.name()}/*" for kind in ("table", "userDefinedFunction"))
    return (*_database(resource), *(resource.arn("glue", each) for each in inside))


def _table(resource: Planned) -> tuple[str, ...]:
    database = resource.name("databaseName")
    inside = (f"database/{database}", f"table/{database}/{resource.name()}")
    return (_catalog(resource), *(resource.arn("glue", each) for each in inside))


TYPES = (
    ResourceType(
        "aws:glue/catalogDatabase:CatalogDatabase",
        source="internal/service/glue/catalog_database.go",
        on=_database,
        grants=(
            Grant(Verb.CREATE, "glue:CreateDatabase"),
            Grant(Verb.READ, "glue:GetDatabase"),
            Grant(Verb.READ, "glue:GetTags", on=_itself),
            Grant(Verb.UPDATE, "glue:UpdateDatabase"),
            Grant(Verb.DELETE, "glue:DeleteDatabase", on=_all_of_database),
            Grant(Verb.TAG, "glue:TagResource glue:UntagResource", on=_itself),
        ),
    ),
    ResourceType(
        "aws:glue/catalogTable:CatalogTable",
        source="internal/service/glue/catalog_table.go",
        on=_table,
        grants=(
            Grant(Verb.CREATE, "glue:CreateTable"),
            Grant(Verb.READ, "glue:GetPartitionIndexes glue:GetTable"),
            Grant(Verb.UPDATE, "glue:UpdateTable"),
            Grant(Verb.DELETE, "glue:DeleteTable"),
        ),
    ),
)
