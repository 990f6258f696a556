"""Apply the thresholds of rules to their matches, with SQL windows.

A record is a hit if the threshold is reached at its time, among the records of its group in (time - seconds, time], as
the responder counts on the event path. Records without a `group_by` field are a separate group. An event that was
delivered twice counts once, by its eventID.
"""

from collections.abc import Callable, Sequence

from sqlglot import exp

from ..rule import Count
from .table import Table

_TIME = "eventTime"
_EVENT = "eventID"


def fields(count: Count) -> tuple[str, ...]:
    """Return the fields that the threshold needs."""
    return (*count.group_by, _TIME, _EVENT)


def apply_thresholds(counts: Sequence[Count | None], found: exp.Select, table: Table) -> exp.Select:
    """Return all matches of rules without a threshold, and the matches at which a threshold is reached.

    `counts` are indexed by a rule's number. `found` and the result have the columns `number` and `record`.
    """

    def of_rule(value: Callable[[Count], exp.Expr | None]) -> exp.Case:
        case = exp.Case(this=exp.column("number"))
        for number, count in enumerate(counts):
            if count and (result := value(count)) is not None:
                case = case.when(exp.convert(number), result)
        return case

    depth = max(len(count.group_by) for count in counts if count)
    groups = [f"group{level}" for level in range(depth)]
    read = exp.select(
        "number",
        "record",
        table.milliseconds(table.value(_TIME)).as_("time"),
        of_rule(lambda count: exp.convert(1000 * count.seconds - 1)).else_(exp.convert(0)).as_("span"),
        of_rule(lambda count: exp.convert(count.at_least)).as_("at_least"),
        of_rule(lambda _: table.value(_EVENT)).as_("counted"),
        *(
            of_rule(lambda count, level=level: _group(count, level, table)).as_(group)
            for level, group in enumerate(groups)
        ),
    ).from_(found.subquery("found"))
    window = exp.Window(
        partition_by=[exp.column(each) for each in ("number", *groups)],
        order=exp.Order(expressions=[exp.Ordered(this=exp.column("time"), nulls_first=False)]),
        spec=exp.WindowSpec(kind="RANGE", start=exp.column("span"), start_side="PRECEDING", end="CURRENT ROW"),
    )
    times = table.distinct(exp.column("counted"), window)
    return (
        exp.select("number", "record")
        .from_(exp.select("*", times.as_("times")).from_(read.subquery("read")).subquery("counted"))
        .where("at_least IS NULL OR (times >= at_least AND NOT time IS NULL)")
    )


def _group(count: Count, level: int, table: Table) -> exp.Expr | None:
    return table.value(count.group_by[level]) if level < len(count.group_by) else None
