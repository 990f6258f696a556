"""Resources for hunting in the trail's archive and log group."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.field_types import partition_regions
from deadfall.names import Names
from deadfall.rules.saved_queries import SavedQuery
from deadfall.rules.sigma.sql import hive_table

from .audit_trail import AuditTrail
from .component import Component


@dataclass(frozen=True)
class HuntingArgs:
    """`archive_days` is the retention of the archive."""

    names: Names
    trail: AuditTrail
    archive_days: int
    queries: Sequence[SavedQuery]


class Hunting(Component):
    """An Athena table over the trail's archive, a workgroup with saved queries, and saved Logs Insights queries.

    Free until a query runs. Athena reads the archive with the caller's permissions on the bucket and its key.
    """

    def __init__(self, name: str, args: HuntingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        database = self._table(name, args)
        workgroup = self._workgroup(name, args)
        for query in args.queries:
            self._saved(query, database, workgroup, args)
        self.register_outputs({})

    def _table(self, name: str, args: HuntingArgs) -> aws.glue.CatalogDatabase:
        names = args.names
        database = aws.glue.CatalogDatabase(name, name=names.archive_database, region=names.home, opts=self.child())
        location = f"s3://{names.trail_bucket}/AWSLogs/{names.account_id}/CloudTrail"
        aws.glue.CatalogTable(
            name,
            database_name=database.name,
            name=names.archive_table,
            table_type="EXTERNAL_TABLE",
            partition_keys=[{"name": key, "type": type} for key, type in hive_table.PARTITION_KEYS.items()],
            parameters={
                "EXTERNAL": "TRUE",
                **hive_table.projection(location, tuple(partition_regions()), args.archive_days),
            },
            storage_descriptor={
                "location": location,
                "input_format": hive_table.INPUT_FORMAT,
                "output_format": hive_table.OUTPUT_FORMAT,
                "ser_de_info": {"serialization_library": hive_table.SERIALIZATION_LIBRARY},
                "columns": [{"name": column, "type": type} for column, type in hive_table.columns().items()],
            },
            region=names.home,
            opts=self.child(),
        )
        return database

    def _workgroup(self, name: str, args: HuntingArgs) -> aws.athena.Workgroup:
        return aws.athena.Workgroup(
            name,
            name=args.names.workgroup,
            configuration={
                # Athena stores the results itself, encrypted, for a day (Athena user guide, "Managed query results").
                # They contain records; a bucket of our own would need protection too.
                "managed_query_results_configuration": {"enabled": True},
                # Clients cannot send results elsewhere.
                "enforce_workgroup_configuration": True,
            },
            # Athena stores the query history in a workgroup and refuses to delete a workgroup that has one.
            force_destroy=True,
            region=args.names.home,
            opts=self.child(),
        )

    def _saved(
        self, query: SavedQuery, database: aws.glue.CatalogDatabase, workgroup: aws.athena.Workgroup, args: HuntingArgs
    ) -> None:
        names = args.names
        if query.athena:
            aws.athena.NamedQuery(
                query.id,
                name=names.detection(query.id),
                database=database.name,
                workgroup=workgroup.name,
                query=query.athena,
                region=names.home,
                opts=self.child(),
            )
        if query.logs_insights:
            aws.cloudwatch.QueryDefinition(
                query.id,
                name=names.detection(query.id),
                log_group_names=[args.trail.log_group],
                query_string=query.logs_insights,
                region=names.home,
                opts=self.child(depends_on=args.trail.ready),
            )
