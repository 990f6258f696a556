"""The table of CloudTrail's files as a data catalog has it: columns in Hive's words, formats, projected partitions.

"Create a table for CloudTrail logs in Athena using partition projection" (Amazon Athena User Guide), which has one
region in the location. Here the region is a partition of its own, as an `enum` ("Supported types for partition
projection"): a trail of all regions writes a folder for each. Not verified on AWS.
"""

from collections.abc import Mapping, Sequence

from .athena_table import COLUMNS, Column

SERIALIZATION_LIBRARY = "org.apache.hive.hcatalog.data.JsonSerDe"
INPUT_FORMAT = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

PARTITION_KEYS: Mapping[str, str] = {"region": "string", "timestamp": "string"}
"""The folders of the files, by region and by the day on which CloudTrail wrote them."""


def columns() -> dict[str, str]:
    """The columns of the table and their types."""
    return {name.lower(): _type(column) for name, column in COLUMNS.items()}


def projection(location: str, regions: Sequence[str], days: int) -> dict[str, str]:
    """The table's properties. Each query then asks for the folders of its partitions, which nobody has to add.

    Args:
        location: s3://BUCKET/AWSLogs/ACCOUNT/CloudTrail
        days: how long files are kept.
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
    return "string"  # the table has text also where a record has a boolean or an object
