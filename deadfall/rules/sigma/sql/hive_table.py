"""The data catalog's table of CloudTrail's files: Hive columns, formats and projected partitions.

"Create a table for CloudTrail logs in Athena using partition projection" (Amazon Athena User Guide), which has one
region in the location. Here the region is a separate partition, an `enum` ("Supported types for partition projection"),
because a trail of all regions writes a folder for each. Not verified on AWS.
"""

from collections.abc import Mapping, Sequence

from .athena_table import COLUMNS, Column

SERIALIZATION_LIBRARY = "org.apache.hive.hcatalog.data.JsonSerDe"
INPUT_FORMAT = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

PARTITION_KEYS: Mapping[str, str] = {"region": "string", "timestamp": "string"}
"""The folders of the files: region, and the day on which CloudTrail wrote them."""


def columns() -> dict[str, str]:
    """Return the types of the table's columns by name."""
    return {name.lower(): _type(column) for name, column in COLUMNS.items()}


def projection(location: str, regions: Sequence[str], days: int) -> dict[str, str]:
    """Return the table properties for partition projection, with which partitions need not be added.

    Args:
        location: s3://BUCKET/AWSLogs/ACCOUNT/CloudTrail
        days: how long files are retained.
    """
    return {
        "projection.enabled": "true",
        "projection.region.type": "enum",
        "projection.region.values": ",".join(sorted(regions)),
        "projection.timestamp.type": "date",
        "projection.timestamp.format": "yyyy/MM/dd",
        "projection.timestamp.interval": "1",
        "projection.timestamp.interval.unit": "DAYS",
        "projection.timestamp.range": f"NOW-{days}DAYS,NOW",
        "storage.location.template": f"{location}/${{region}}/${{timestamp}}",
    }


def _type(column: Column) -> str:
    if isinstance(column, Mapping):
        return f"struct<{','.join(f'{name.lower()}:{_type(field)}' for name, field in column.items())}>"
    if isinstance(column, list):
        return f"array<{_type(column[0])}>"
    return "string"  # booleans and objects are text in the table
