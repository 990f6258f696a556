"""Compile a Sigma rule to CloudWatch Logs metric filter patterns, for the log path.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

A pattern matches a record if and only if the rule does; rules that patterns can't express exactly are rejected:

- A selector does not look into lists, and there is no operator for existence. So patterns can only use fields that are
  known to have a single value (record_fields.py), and can only test the absence of an object.
- Comparisons are case-sensitive. Where CloudTrail's spelling is fixed, the pattern uses it (canonical.py); elsewhere a
  regex has both cases of every letter, on fields of printable ASCII.
- There is no "not". Comparisons are negated instead, and `!=` is combined with NOT EXISTS and IS NULL: `!=` is false
  for an absent field (reported from AWS: https://github.com/DataBiosphere/azul/issues/5884), and undocumented for null.
- A star at an end of a quoted text matches any characters, and no escape is documented: a literal star, or one in the
  middle, needs a regex.

Not verified on AWS: that `= "*"` matches an empty text, and that a regex's anchors are the ends of the value.
"""

import ipaddress
import re
from collections.abc import Sequence

from deadfall.patterns.aws_limits import (
    MAX_ALARM_PERIOD_SECONDS,
    MAX_FILTER_CHARACTERS,
    MAX_FILTERS,
    MAX_FILTERS_WITH_REGEX,
    MAX_REGEXES,
)
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
from deadfall.patterns.filter_pattern import FilterPattern, InvalidFilterPattern
from deadfall.patterns.normal_form import normal_form

from ..back_end import NotExpressibleError
from ..canonical import cased
from ..record_fields import FIELDS, Kind
from ..rule import Rule
from .expression import Comparison, Expression, all_of, any_of, split
from .regex import UnknownToRegexError, of_regex, of_text

_MAX_NUMBER = 2**53  # doubles skip integers beyond it, and AWS doesn't document its number type
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')


def filter_patterns(rule: Rule) -> list[str]:
    """Return the filter patterns of a rule: a record matches the rule if and only if one of them matches.

    There are several if one would have more than 1,024 characters or two regexes.

    Raises:
        NotExpressibleError: metric filters can't express the rule.
    """
    if rule.service != "cloudtrail":
        raise NotExpressibleError(
            f"{rule.name}: a metric filter can't match GuardDuty's findings, which are not in CloudTrail's log; "
            "use EventBridge for this rule"
        )
    _check_period(rule)
    patterns = split(_Compiler(rule.name).expression(normal_form(rule.condition)))
    if patterns is None:
        raise NotExpressibleError(
            f"{rule.name}: a metric filter can't have more than {MAX_FILTER_CHARACTERS} characters or {MAX_REGEXES} "
            "regexes, and no split of the rule has fewer; split the rule, or add |cased to its texts"
        )
    return patterns


def cis_pattern(rule: Rule) -> str | None:
    """Return the filter of the rule's `cis`, unchanged: Security Hub and Prowler compare it literally.

    Raises:
        NotExpressibleError: it is not a valid filter pattern.
    """
    if rule.cis is None:
        return None
    _check_period(rule)
    if len(rule.cis.filter) > MAX_FILTER_CHARACTERS:
        raise NotExpressibleError(
            f"{rule.name}: cis.filter has {len(rule.cis.filter)} characters, and a metric filter at most "
            f"{MAX_FILTER_CHARACTERS}; shorten it"
        )
    try:
        FilterPattern(rule.cis.filter)
    except InvalidFilterPattern as error:
        raise NotExpressibleError(f"{rule.name}: cis.filter: {error}") from None
    return rule.cis.filter


def _check_period(rule: Rule) -> None:
    """Check that an alarm can have the threshold's window as its period.

    Filter metrics have one value per minute. CloudWatch allows periods of up to a week, but the responder searches the
    log only a day back.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    if rule.count and (rule.count.seconds % 60 or rule.count.seconds > MAX_ALARM_PERIOD_SECONDS):
        raise NotExpressibleError(
            f"{rule.name}: a metric filter's alarm can't count over {rule.count.seconds} seconds; set "
            "correlation.timespan to whole minutes, up to a day"
        )


def check_log_group(patterns: Sequence[str]) -> None:
    """Check that one log group accepts all these metric filters.

    A log group's subscription filters with a regex count towards the limit too.

    Raises:
        NotExpressibleError: there are too many.
    """
    if len(patterns) > MAX_FILTERS:
        raise NotExpressibleError(
            f"a log group accepts {MAX_FILTERS} metric filters, and the rules need {len(patterns)}; plant fewer "
            "decoys, or disable rules (deadfall:detections)"
        )
    regexes = sum("%" in _QUOTED.sub("", pattern) for pattern in patterns)
    if regexes > MAX_FILTERS_WITH_REGEX:
        raise NotExpressibleError(
            f"a log group accepts {MAX_FILTERS_WITH_REGEX} filters with a regex, and the rules need {regexes}; "
            "add |cased to texts, or use fewer rules"
        )


class _Compiler:
    """Compiles conditions in normal form to expressions; `name` is the rule's name, for error messages."""

    def __init__(self, name: str) -> None:
        self._name = name

    def expression(self, condition: Condition) -> Expression:
        match condition:
            case And(()) | Or(()):
                raise self._refusal("use a condition that all records meet, or none; correct it")
            case And(of):
                return self._all(of)
            case Or(of):
                return any_of(*map(self.expression, of))
            case Test(field, value):
                return any_of(*self._holds(field, value))
            case Null(field):
                self._kind(field)
                return _absent_or_null(field)
            case Exists(field, there):
                self._kind(field)
                return self._there(field) if there else _absent(field)
            case Not(Null(field)):
                return self._valued(field)
            case Not(Test()):
                return self._all((condition,))
            case SameAs(field, other) | Not(SameAs(field, other)):
                raise self._refusal(f"compare {field} with another field, {other}; use a value")
            case Keyword(text, str(field)) | Not(Keyword(text, str(field))):
                raise self._refusal(f"search all of {field} for {_shown(text)}; use a field in it")
            case Keyword(text) | Not(Keyword(text)):
                raise self._refusal(f"search all fields for {_shown(text)}; name the field")
            case Not():
                raise AssertionError(f"not in normal form: {condition}")

    def _all(self, conditions: Sequence[Condition]) -> Expression:
        """Join conditions, combining the values that a field must not have, so that its absence is tested once."""
        parts: list[Expression] = []
        unwanted: dict[str, list[Value]] = {}
        for condition in conditions:
            match condition:
                case Not(Test(field, value)):
                    if self._kind(field) == "text or object":
                        raise self._refusal(f"test what {field} is not, because it may be an object; test what it is")
                    unwanted.setdefault(field, []).append(value)
                case _:
                    parts.append(self.expression(condition))
        for field, values in unwanted.items():
            held = [comparison for value in values for comparison in self._holds(field, value)]
            parts.append(any_of(_absent_or_null(field), all_of(*(comparison.opposite for comparison in held))))
        return all_of(*parts)

    def _kind(self, field: str) -> Kind:
        if field not in FIELDS:
            raise self._refusal(
                f"use {field}: it does not look into lists, and CloudTrail's reference doesn't state that this field "
                "has a single value; use another field, or EventBridge for this rule"
            )
        return FIELDS[field]

    def _there(self, field: str) -> Expression:
        """Return an expression that the field exists, null or not."""
        return any_of(self._valued(field), Comparison(_selector(field), "IS", "NULL"))

    def _valued(self, field: str) -> Expression:
        """Return an expression that the field has a value other than null."""
        selector = _selector(field)
        match self._kind(field):
            case "line" | "text":
                return Comparison(selector, "=", '"*"')
            case "number":
                return any_of(Comparison(selector, "<", "0"), Comparison(selector, ">=", "0"))
            case "boolean":
                return any_of(Comparison(selector, "IS", "TRUE"), Comparison(selector, "IS", "FALSE"))
            case "object":
                raise self._refusal(f"test whether {field} exists, because it is an object; use a field in it")
            case "text or object":
                raise self._refusal(
                    f"test whether {field} exists, because it may be an object; list its possible texts"
                )

    def _holds(self, field: str, value: Value) -> list[Comparison]:
        """Return comparisons, one of which is true if and only if `value` matches the field's value."""
        kind = self._kind(field)
        match kind, value:
            case "object", _:
                raise self._refusal(f"compare {field}, because it is an object; use a field in it")
            case "boolean", _:
                return self._boolean(field, value)
            case "number", Number():
                return [self._number(field, value)]
            case "number", _:
                raise self._refusal(
                    f"compare {field} with this value, because it is a number; use a number without quotes"
                )
            case _, Text():
                return [self._text(field, kind, value)]
            case "line", Regex():
                return [self._regex(field, value)]
            case _, Regex():
                raise self._refusal(
                    f"use a regular expression on {field}, which may have characters other than printable ASCII; "
                    "use |contains|cased"
                )
            case _, Cidr():
                return self._network(field, value)
            case _, Number() | Boolean():
                raise self._refusal(f"compare {field} with a number or boolean, because it is text; use text in quotes")

    def _boolean(self, field: str, value: Value) -> list[Comparison]:
        constants = [constant for constant, meant in (("TRUE", True), ("FALSE", False)) if value.holds(meant)]
        if not constants:
            raise self._refusal(f"compare {field} with this value, because it is a boolean; use true or false")
        return [Comparison(_selector(field), "IS", constant) for constant in constants]

    def _number(self, field: str, value: Number) -> Comparison:
        if not abs(value.number) <= _MAX_NUMBER:
            raise self._refusal(f"compare {field} with {value.number}; use a number up to {_MAX_NUMBER}")
        return Comparison(_selector(field), value.op, repr(value.number))

    def _text(self, field: str, kind: Kind, text: Text) -> Comparison:
        selector = _selector(field)
        if text.parts and all(part.wildcard == ANY for part in text.parts):
            return Comparison(selector, "=", '"*"')
        exact = cased(field, text)
        if exact and (quoted := _quoted(exact)):
            return Comparison(selector, "=", quoted)
        if kind != "line":
            raise self._refusal(
                f"compare {field} with this text: on this field it doesn't support `?`, `*` except at the ends, "
                "unprintable characters or ignoring case; use |cased, and `*` only at the ends"
            )
        try:
            return Comparison(selector, "=", of_text(exact or text))
        except UnknownToRegexError as error:
            raise self._refusal(f"use {error} with {field}; remove it") from None

    def _regex(self, field: str, regex: Regex) -> Comparison:
        try:
            return Comparison(_selector(field), "=", of_regex(regex))
        except UnknownToRegexError as error:
            raise self._refusal(
                f"use {error} with {field}: groups, references and lazy repeats aren't supported; rewrite it"
            ) from None

    def _network(self, field: str, cidr: Cidr) -> list[Comparison]:
        network = ipaddress.ip_network(cidr.network)
        if field != "sourceIPAddress" or network.version != 4:
            raise self._refusal(
                f"compare {field} with the network {cidr.network}: only IPv4 in sourceIPAddress is supported; remove it"
            )
        # Exact because the field's other values are service names, which begin with a letter.
        octets = max(1, -(-network.prefixlen // 8))
        return [
            Comparison(_selector(field), "=", f'"{_beginning(subnet, octets)}"')
            for subnet in network.subnets(new_prefix=8 * octets)
        ]

    def _refusal(self, what: str) -> NotExpressibleError:
        return NotExpressibleError(f"{self._name}: a metric filter can't {what}")


def _shown(text: Text) -> str:
    return repr("".join(part.wildcard or part.text for part in text.parts))


def _selector(field: str) -> str:
    return f"$.{field}"


def _absent(field: str) -> Comparison:
    return Comparison(_selector(field), "NOT", "EXISTS")


def _absent_or_null(field: str) -> Expression:
    return any_of(_absent(field), Comparison(_selector(field), "IS", "NULL"))


def _quoted(text: Text) -> str | None:
    """Return a cased text in double quotes, or None if that isn't equivalent (inner or literal stars, unprintables)."""
    open_start, open_end = (bool(text.parts) and text.parts[end].wildcard == ANY for end in (0, -1))
    inner = text.parts[open_start : len(text.parts) - open_end]
    literal = "".join(part.text for part in inner)
    if any(part.wildcard for part in inner) or not literal.isprintable() or not literal or "*" in literal:
        return None
    escaped = literal.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{"*" * open_start}{escaped}{"*" * open_end}"'


def _beginning(network: ipaddress.IPv4Network, octets: int) -> str:
    """Return the beginning of the addresses of a network of whole octets, such as 10.1.*"""
    address = str(network.network_address)
    return address if octets == 4 else ".".join([*address.split(".")[:octets], "*"])
