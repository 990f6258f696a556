"""Path L: a Sigma rule as CloudWatch Logs metric filter patterns.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

A pattern matches a record if and only if the rule does, or there is no pattern:

- A selector does not look into lists, and has no operator for "is there". So only fields that are known to hold one
  value can be asked for (record_fields.py), and nothing of an object but that it is absent.
- Comparisons are cased. Where CloudTrail's spelling is fixed it is written out (canonical.py); elsewhere a regex gives
  both cases of every letter, on fields of printable ASCII.
- There is no "not". It goes to the comparisons, where `!=` stands beside NOT EXISTS and IS NULL: of an absent field
  `!=` is false (seen on AWS by others: https://github.com/DataBiosphere/azul/issues/5884), of null nobody says.
- A star at the ends of a quoted text stands for any characters, and nothing says how to escape one: a star that is
  meant, or one in the middle, needs a regex.

Not verified on AWS: that `= "*"` is true of an empty text, and that the anchors of a regex are those of the value.
"""

import ipaddress
import re
from collections.abc import Sequence

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
from deadfall.patterns.filter_pattern import MAX_FILTER_CHARACTERS, FilterPattern, InvalidFilterPattern
from deadfall.patterns.filter_pattern_regex import MAX_REGEXES
from deadfall.patterns.normal_form import normal_form

from ..back_end import NotExpressibleError
from ..canonical import cased
from ..record_fields import FIELDS, Kind
from ..rule import Rule
from .expression import Comparison, Expression, all_of, any_of, split
from .regex import UnknownToRegexError, of_regex, of_text

_MAX_NUMBER = 2**53  # beyond it a double skips integers, and AWS doesn't say what it computes with
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')

MAX_FILTERS = 100  # metric filters of a log group
MAX_FILTERS_WITH_REGEX = 5  # filter patterns with a regex, of a log group
MAX_PERIOD = 86400


def filter_patterns(rule: Rule) -> list[str]:
    """The filter patterns of a rule: a record matches the rule if and only if one of them matches.

    There are several where one would be longer than 1,024 characters or have more than two regexes.

    Raises:
        NotExpressibleError: a metric filter can't say what the rule asks.
    """
    if rule.service != "cloudtrail":
        raise NotExpressibleError(
            f"{rule.name}: a metric filter can't see GuardDuty's findings, which are not in CloudTrail's log; leave "
            "the rule to EventBridge"
        )
    _check_period(rule)
    patterns = split(_Compiler(rule.name).expression(normal_form(rule.condition)))
    if patterns is None:
        raise NotExpressibleError(
            f"{rule.name}: a metric filter can't have more than {MAX_FILTER_CHARACTERS} characters or {MAX_REGEXES} "
            "regexes, and no split of the rule has less; ask for less at once, and for texts with |cased"
        )
    return patterns


def cis_pattern(rule: Rule) -> str | None:
    """The filter of the rule's `cis`, unchanged: Security Hub and Prowler compare it to the letter.

    Raises:
        NotExpressibleError: it is no filter pattern.
    """
    if rule.cis is None:
        return None
    _check_period(rule)
    if len(rule.cis.filter) > MAX_FILTER_CHARACTERS:
        raise NotExpressibleError(
            f"{rule.name}: cis has {len(rule.cis.filter)} characters, and a metric filter at most "
            f"{MAX_FILTER_CHARACTERS}; shorten it"
        )
    try:
        FilterPattern(rule.cis.filter)
    except InvalidFilterPattern as error:
        raise NotExpressibleError(f"{rule.name}: cis can't be used: {error}") from None
    return rule.cis.filter


def _check_period(rule: Rule) -> None:
    """The period of the alarm is the count's: metrics of filters have a value a minute. CloudWatch takes up to a week,
    but the responder looks back a day (responders/kill_switch/path_l.py).

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    if rule.count and (rule.count.seconds % 60 or rule.count.seconds > MAX_PERIOD):
        raise NotExpressibleError(
            f"{rule.name}: a metric filter's alarm can't count over {rule.count.seconds} seconds; give "
            "correlation.timespan in whole minutes, up to a day"
        )


def check_log_group(patterns: Sequence[str]) -> None:
    """Whether one log group takes all these metric filters; its subscription filters with a regex count too.

    Raises:
        NotExpressibleError: there are too many of them.
    """
    if len(patterns) > MAX_FILTERS:
        raise NotExpressibleError(
            f"a log group takes {MAX_FILTERS} metric filters, and the rules need {len(patterns)}; plant fewer "
            "decoys, or switch rules off (deadfall:detections)"
        )
    regexes = sum("%" in _QUOTED.sub("", pattern) for pattern in patterns)
    if regexes > MAX_FILTERS_WITH_REGEX:
        raise NotExpressibleError(
            f"a log group takes {MAX_FILTERS_WITH_REGEX} filters with a regex, and the rules need {regexes}; "
            "make texts |cased, or use fewer rules"
        )


class _Compiler:
    """Expressions from conditions in normal form. `name` is the rule's, for those who are told what can't be said."""

    def __init__(self, name: str) -> None:
        self._name = name

    def expression(self, condition: Condition) -> Expression:
        match condition:
            case And(()) | Or(()):
                raise self._refusal("tell records apart by a condition that all of them meet, or none; correct it")
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
                raise self._refusal(f"compare {field} with {other}, only with values; give a value")
            case Keyword(text, str(field)) | Not(Keyword(text, str(field))):
                raise self._refusal(f"look for {_shown(text)} in all of {field}; ask for a field in it")
            case Keyword(text) | Not(Keyword(text)):
                raise self._refusal(f"look for {_shown(text)} in all fields; name the field")
            case Not():
                raise AssertionError(f"not in normal form: {condition}")

    def _all(self, conditions: Sequence[Condition]) -> Expression:
        """A field that must not have several values is asked once whether it is absent."""
        parts: list[Expression] = []
        unwanted: dict[str, list[Value]] = {}
        for condition in conditions:
            match condition:
                case Not(Test(field, value)):
                    if self._kind(field) == "text or object":
                        raise self._refusal(f"ask what {field} is not, for it may be an object; ask what it is")
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
                f"ask for {field}: it does not look into lists, and CloudTrail's reference doesn't say that this field "
                "holds one value; name another field, or leave the rule to EventBridge"
            )
        return FIELDS[field]

    def _there(self, field: str) -> Expression:
        """The field is there, null or not."""
        return any_of(self._valued(field), Comparison(_selector(field), "IS", "NULL"))

    def _valued(self, field: str) -> Expression:
        """The field has a value that is not null."""
        selector = _selector(field)
        match self._kind(field):
            case "line" | "text":
                return Comparison(selector, "=", '"*"')
            case "number":
                return any_of(Comparison(selector, "<", "0"), Comparison(selector, ">=", "0"))
            case "boolean":
                return any_of(Comparison(selector, "IS", "TRUE"), Comparison(selector, "IS", "FALSE"))
            case "object":
                raise self._refusal(f"ask whether {field} is there, for it is an object; name a field in it")
            case "text or object":
                raise self._refusal(f"ask whether {field} is there, for it may be an object; name the texts it may be")

    def _holds(self, field: str, value: Value) -> list[Comparison]:
        """What the field is compared with: one comparison is true if the field has a value for which `value` holds."""
        kind = self._kind(field)
        match kind, value:
            case "object", _:
                raise self._refusal(f"compare {field}, for it is an object; name a field in it")
            case "boolean", _:
                return self._boolean(field, value)
            case "number", Number():
                return [self._number(field, value)]
            case "number", _:
                raise self._refusal(f"compare {field} with that, for it holds a number; give a number without quotes")
            case _, Text():
                return [self._text(field, kind, value)]
            case "line", Regex():
                return [self._regex(field, value)]
            case _, Regex():
                raise self._refusal(
                    f"look for a regular expression in {field}, which may hold other characters than printable ASCII; "
                    "use |contains|cased"
                )
            case _, Cidr():
                return self._network(field, value)
            case _, Number() | Boolean():
                raise self._refusal(f"compare {field} with a number or boolean, for it holds text; give text in quotes")

    def _boolean(self, field: str, value: Value) -> list[Comparison]:
        constants = [constant for constant, meant in (("TRUE", True), ("FALSE", False)) if value.holds(meant)]
        if not constants:
            raise self._refusal(f"compare {field} with that, for it holds true or false; give one of them")
        return [Comparison(_selector(field), "IS", constant) for constant in constants]

    def _number(self, field: str, value: Number) -> Comparison:
        if not abs(value.number) <= _MAX_NUMBER:
            raise self._refusal(f"compare {field} with {value.number}; give a number up to {_MAX_NUMBER}")
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
                f"compare {field} with that text: it knows no `?`, no `*` but at the ends, nothing unprintable, and no "
                "comparison without case; use |cased and a * at the ends only"
            )
        try:
            return Comparison(selector, "=", of_text(exact or text))
        except UnknownToRegexError as error:
            raise self._refusal(f"ask for {error} in {field}; leave it out") from None

    def _regex(self, field: str, regex: Regex) -> Comparison:
        try:
            return Comparison(_selector(field), "=", of_regex(regex))
        except UnknownToRegexError as error:
            raise self._refusal(
                f"ask for {error} in {field}; it has no groups, references or lazy repeats: do without"
            ) from None

    def _network(self, field: str, cidr: Cidr) -> list[Comparison]:
        network = ipaddress.ip_network(cidr.network)
        if field != "sourceIPAddress" or network.version != 4:
            raise self._refusal(
                f"ask whether {field} is in the network {cidr.network}: it can do so for IPv4 in sourceIPAddress only"
            )
        # Exact because what stands here beside addresses are names of services, which begin with a letter.
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
    """A cased text in double quotes, if that means the same: no star but a wildcard at an end, nothing unprintable."""
    open_start, open_end = (bool(text.parts) and text.parts[end].wildcard == ANY for end in (0, -1))
    inner = text.parts[open_start : len(text.parts) - open_end]
    literal = "".join(part.text for part in inner)
    if any(part.wildcard for part in inner) or not literal.isprintable() or not literal or "*" in literal:
        return None
    escaped = literal.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{"*" * open_start}{escaped}{"*" * open_end}"'


def _beginning(network: ipaddress.IPv4Network, octets: int) -> str:
    """How the addresses of a network of whole octets begin: 10.1.*"""
    address = str(network.network_address)
    return address if octets == 4 else ".".join([*address.split(".")[:octets], "*"])
