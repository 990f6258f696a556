"""Apply a rule's threshold, as SQL over the records that matched the rule.

As in rules.sigma.sql.threshold_windows, a record is counted together with those of its group in (time - seconds, time],
and a record delivered twice counts once. Records that reach the threshold form one burst as long as no two consecutive
ones are more than `seconds` apart. A burst is one hit: its first record, with its highest count.
"""

from sqlglot import exp

from deadfall.patterns.condition import split_path
from deadfall.rules.sigma.rule import Count


def bursts(rule: str, count: Count) -> str:
    """Return SQL that selects each burst from the table `found`: rule, record, count and the `group_by` values."""
    name = _text(rule)
    group = f"[{', '.join(_value(field) for field in count.group_by)}]::VARCHAR[]"
    counted = _value("eventID")
    time = "TRY_CAST(json_extract_string(record, '/eventTime') AS TIMESTAMP)"
    span = f"to_seconds({count.seconds})"
    before = f"to_milliseconds({count.seconds * 1000 - 1})"
    return f"""SELECT {name}, arg_min(record, (time, json_extract_string(record, '/eventID'))), max(n), grouped
FROM (
    SELECT *, sum(begins) OVER (PARTITION BY grouped ORDER BY time ROWS UNBOUNDED PRECEDING) AS burst
    FROM (
        SELECT *, CASE
            WHEN time - lag(time) OVER (PARTITION BY grouped ORDER BY time) <= {span} THEN 0 ELSE 1
        END AS begins
        FROM (
            SELECT record, {time} AS time, {group} AS grouped, count(DISTINCT {counted}) OVER (
                PARTITION BY {group} ORDER BY {time} RANGE BETWEEN {before} PRECEDING AND CURRENT ROW
            ) AS n
            FROM found WHERE rule = {name} AND {time} IS NOT NULL
        ) WHERE n >= {count.at_least}
    )
) GROUP BY grouped, burst"""  # noqa: S608


def _value(field: str) -> str:
    pointer = "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in split_path(field))
    return f"json_extract_string(record, {_text(pointer)})"


def _text(text: str) -> str:
    return exp.Literal.string(text).sql("duckdb")
