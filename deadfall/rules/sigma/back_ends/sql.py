"""Hunts: SQL for CloudTrail's files in DuckDB, and for their table in Athena."""

from collections.abc import Callable, Mapping

from ..back_end import Compiled, Path
from ..rule import Rule
from ..sql.archive_table import ArchiveTable
from ..sql.athena_table import AthenaTable
from ..sql.query import query
from ..sql.table import Table

_TABLES: Mapping[str, Callable[[], Table]] = {"athena": AthenaTable, "duckdb": ArchiveTable}


class Sql:
    """`deadfall hunt` and `deadfall.gaps` refer to DuckDB; Athena's table lacks some columns."""

    name: str = "sql"
    path: Path = "S"
    query: str = "query"
    targets: Mapping[str, str] = {
        "athena": "queries the table cloudtrail_logs that Athena's documentation creates for CloudTrail",
        "duckdb": "queries the records that `deadfall hunt` reads, with its functions",
    }

    def compile(self, rule: Rule) -> Compiled:
        return Compiled((query(rule, ArchiveTable()),))

    def write(self, rule: Rule, target: str) -> Compiled:
        table = _TABLES[target]()
        return Compiled((query(rule, table).sql(table.dialect, pretty=True),))


BACK_END = Sql()
