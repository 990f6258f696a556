"""Compile a Sigma rule to a CloudWatch Logs Insights query for the trail's log group.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html

A query matches a record if and only if the rule does; rules that it can't express exactly are rejected:

- Logs Insights turns each value of a list into a separate numbered field, so a query can only use fields that are known
  to have one value (record_fields.py).
- Comparisons are case-sensitive. Where CloudTrail's spelling is fixed, the query uses it (canonical.py); elsewhere
  `(?i)` ignores case, on fields of printable ASCII.
- A negation is combined with `ispresent`, because comparisons with absent fields are not documented.
- Booleans, empty texts and whether null is present are not documented either, so queries don't use them.

For a rule with a threshold, the query returns all events. Not verified on AWS: that a null in a record is like an
absent field, and that texts of digits are compared as texts. Logs Insights only reads the first 200 fields of a record
("Supported logs and discovered fields").
"""

import ipaddress
import re
from collections.abc import Sequence

from deadfall.patterns.aws_limits import MAX_INSIGHTS_QUERY_CHARACTERS
from deadfall.patterns.condition import (
    ANY,
    And,
    Boolean,
    Cidr,
    Condition,
    Exists,
    Keyword,
    Not,
    Null,
    Number,
    Or,
    Regex,
    SameAs,
    Test,
    Text,
    Value,
)
from deadfall.patterns.normal_form import normal_form

from .back_end import NotExpressibleError
from .canonical import cased
from .record_fields import FIELDS, Kind
from .rule import Rule

_SHOWN = (
    *("@timestamp", "eventSource", "eventName", "errorCode", "userIdentity.arn", "sourceIPAddress", "awsRegion"),
    "eventID",
)
_MAX_NUMBER = 2**53  # doubles skip integers beyond it, and AWS doesn't document its number type
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}/]")


def insights_query(rule: Rule) -> str:
    """Return the query for the records of a rule, latest first.

    Raises:
        NotExpressibleError: Logs Insights can't express the rule exactly.
    """
    if rule.service != "cloudtrail":
        raise NotExpressibleError(
            f"{rule.name}: Logs Insights can't search GuardDuty's findings, which are not in CloudTrail's log; use "
            "EventBridge for this rule"
        )
    expression = _Compiler(rule.name).expression(normal_form(rule.condition))
    query = f"fields {', '.join(_SHOWN)}\n| filter {expression}\n| sort @timestamp desc"
    if len(query) > MAX_INSIGHTS_QUERY_CHARACTERS:
        raise NotExpressibleError(
            f"{rule.name}: a Logs Insights query has at most {MAX_INSIGHTS_QUERY_CHARACTERS:,} characters, "
            f"and this rule's has {len(query):,}; split the rule"
        )
    return query


class _Compiler:
    """Compiles conditions in normal form to expressions; `name` is the rule's name, for error messages."""

    def __init__(self, name: str) -> None:
        self._name = name

    def expression(self, condition: Condition) -> str:
        match condition:
            case And(()) | Or(()):
                raise self._refusal("use a condition that all records meet, or none; correct it")
            case And(of):
                return self._all(of)
            case Or(of):
                return self._any(of)
            case Test(field, value):
                return self._one_of(field, [value])[0]
            case Not(Test(field, value)):
                return self._none_of(field, [value])
            case Null(field):
                return f"not ispresent({self._scalar(field)})"
            case Not(Null(field)):
                return f"ispresent({self._scalar(field)})"
            case Exists(field):
                raise self._refusal(
                    f"distinguish whether {field} is absent or null; use `{field}: null`, or negate that"
                )
            case SameAs(field, other) | Not(SameAs(field, other)):
                raise self._refusal(f"compare {field} with another field, {other}; use a value")
            case Keyword() | Not(Keyword()):
                raise self._refusal("search all fields; name the field")
            case Not():
                raise AssertionError(f"not in normal form: {condition}")

    def _all(self, conditions: Sequence[Condition]) -> str:
        """Join conditions, combining the values that a field must not have, so that its absence is tested once."""
        parts: list[str] = []
        unwanted: dict[str, list[Value]] = {}
        for condition in conditions:
            match condition:
                case Not(Test(field, value)):
                    unwanted.setdefault(field, []).append(value)
                case _:
                    parts.append(self.expression(condition))
        return _joined(" and ", [*parts, *(self._none_of(field, values) for field, values in unwanted.items())])

    def _any(self, conditions: Sequence[Condition]) -> str:
        """Join alternatives, combining the texts that a field may have into one list."""
        parts: list[str] = []
        wanted: dict[str, list[Value]] = {}
        for condition in conditions:
            match condition:
                case Test(field, value):
                    wanted.setdefault(field, []).append(value)
                case _:
                    parts.append(self.expression(condition))
        tests = [test for field, values in wanted.items() for test in self._one_of(field, values)]
        return _joined(" or ", [*parts, *tests])

    def _none_of(self, field: str, values: Sequence[Value]) -> str:
        return f"(not ispresent({field}) or not ({' or '.join(self._one_of(field, values))}))"

    def _one_of(self, field: str, values: Sequence[Value]) -> list[str]:
        """Return the tests, to be joined with "or"."""
        quoted: list[str] = []
        others: list[str] = []
        for value in values:
            if text := self._quoted(field, value):
                quoted.append(text)
            else:
                others.append(self._holds(field, value))
        equal = [f"{field} = {quoted[0]}"] if len(quoted) == 1 else [f"{field} in [{', '.join(quoted)}]"]
        return [*equal, *others] if quoted else others

    def _kind(self, field: str) -> Kind:
        if field not in FIELDS:
            raise self._refusal(
                f"use {field}: it does not look into lists, and CloudTrail's reference doesn't state that this field "
                "has a single value; use another field"
            )
        return FIELDS[field]

    def _scalar(self, field: str) -> str:
        if self._kind(field) in ("object", "text or object"):
            raise self._refusal(f"test whether {field} exists, because it may be an object; use a field in it")
        return field

    def _quoted(self, field: str, value: Value) -> str | None:
        """Return a cased text without wildcards in double quotes; None if its quoting isn't documented."""
        if not isinstance(value, Text) or self._kind(field) not in ("line", "text", "text or object"):
            return None
        exact = cased(field, value)
        plain = exact.plain if exact else None
        return f'"{plain}"' if plain and plain.isprintable() and not set('"\\') & set(plain) else None

    def _holds(self, field: str, value: Value) -> str:
        kind = self._kind(field)
        match kind, value:
            case "object", _:
                raise self._refusal(f"compare {field}, because it is an object; use a field in it")
            case ("boolean", _) | (_, Boolean()):
                raise self._refusal(
                    f"compare {field}, because AWS doesn't document how it represents booleans; remove it"
                )
            case "number", Number():
                return self._number(field, value)
            case ("number", _) | (_, Number()):
                raise self._refusal(f"compare {field}, which is a {kind}, with this value; use a {kind}")
            case _, Text():
                return self._text(field, kind, value)
            case "line", Cidr():
                version = ipaddress.ip_network(value.network).version
                return f'isIpv{version}InSubnet({field}, "{value.network}")'
            case _, Regex():
                raise self._refusal(
                    f"use a regular expression on {field}, because AWS doesn't document the syntax; use |contains"
                )
            case _, Cidr():
                raise self._refusal(f"compare {field} with a network, because it contains other text; remove it")

    def _number(self, field: str, value: Number) -> str:
        if not abs(value.number) <= _MAX_NUMBER:
            raise self._refusal(f"compare {field} with {value.number}; use a number up to {_MAX_NUMBER}")
        return f"{field} {value.op} {value.number!r}"

    def _text(self, field: str, kind: Kind, text: Text) -> str:
        if text.parts and all(part.wildcard == ANY for part in text.parts):
            return f"ispresent({self._scalar(field)})"
        if not text.parts:
            raise self._refusal(f"distinguish whether {field} is empty or absent; use `{field}: null`")
        exact = cased(field, text)
        open_start, open_end = (text.parts[end].wildcard == ANY for end in (0, -1))
        inner = (exact or text).parts[open_start : len(text.parts) - open_end]
        # Regex engines disagree on line ends and on `.` in texts of several lines.
        if kind != "line" and (exact is None or not open_end or any(part.wildcard for part in inner)):
            raise self._refusal(
                f"compare {field} with this text, as it may have several lines; use |cased, and |contains or "
                "|startswith"
            )
        if not all(part.text.isprintable() for part in inner):
            raise self._refusal(f"search for unprintable characters in {field}; remove them")
        written = "".join({None: _escaped(part.text), ANY: ".*"}.get(part.wildcard, ".") for part in inner)
        return f"{field} like /{'' if exact else '(?i)'}{'' if open_start else '^'}{written}{'' if open_end else '$'}/"

    def _refusal(self, what: str) -> NotExpressibleError:
        return NotExpressibleError(f"{self._name}: Logs Insights can't {what}")


def _joined(operator: str, parts: Sequence[str]) -> str:
    return f"({operator.join(parts)})" if len(parts) > 1 else parts[0]


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
