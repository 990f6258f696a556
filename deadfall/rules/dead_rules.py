"""Warn about rules, or parts of rules, that can never match a record."""

from collections.abc import Iterator

from deadfall.config import StackConfig
from deadfall.patterns.condition import And, Condition, Keyword, Not, Or

from .sigma.record_fields import FIELDS
from .sigma.rule import Rule
from .sigma.sql.athena_table import COLUMNS

# In addition to record_fields.py and Athena's columns: CloudTrail user guide, "Record contents" and "Insights events".
_TOP_LEVEL = {"managementEvent", "eventContext", "insightDetails", "annotation", "tlsDetails", "edgeDeviceDetails"}


def dead_rule_warnings(rule: Rule, config: StackConfig | None = None) -> list[str]:
    """Return one sentence for each part of the rule that can never match, with the reason and the remedy.

    Args:
        config: the stack whose trail records the events; without it, a trail with Deadfall's defaults.
    """
    return [
        f"{rule.name}: {field} never matches, because CloudTrail records have no such field; correct the name"
        for field in _unknown_fields(rule)
    ]


def _unknown_fields(rule: Rule) -> list[str]:
    if rule.service != "cloudtrail":
        return []
    known = {field.split(".")[0] for field in FIELDS} | COLUMNS.keys() | _TOP_LEVEL
    return sorted(field for field in set(_fields(rule.condition)) if field.split(".")[0] not in known)


def _fields(condition: Condition) -> Iterator[str]:
    match condition:
        case And() | Or():
            for inner in condition.of:
                yield from _fields(inner)
        case Not():
            yield from _fields(condition.of)
        case Keyword():
            return
        case _:
            yield condition.field
