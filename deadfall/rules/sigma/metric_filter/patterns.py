"""Compile a Sigma rule to CloudWatch Logs metric filter patterns, for the log path.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

A pattern matches a record if and only if the rule does. What patterns can't express is left out if the rule still
names its calls, so that they match more than the rule (widening.py):

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

from ..back_end import Compiled, NotExpressibleError
from ..canonical import cased
from ..network_texts import network_texts
from ..record_fields import FIELDS, Kind
from ..rule import Rule
from ..widening import LimitError, MistakeError, Widenings, names_a_call
from .expression import Comparison, Expression, all_of, any_of, split, without_longest
from .regex import UnknownToRegexError, of_regex, of_text

_DOUBLES_SKIP = 2**53  # whole numbers from here on, and AWS doesn't document its number type
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')

_NAMES = frozenset({"$.eventSource", "$.eventName", "$.recipientAccountId"})
"""A superset keeps its tests of these: an organization's log has the records of other accounts, too."""


def filter_patterns(rule: Rule) -> list[str]:
    """Return the filter patterns of a rule, exact or not.

    Raises:
        NotExpressibleError: metric filters can't express the rule.
    """
    return list(compile_filters(rule).queries)


def compile_filters(rule: Rule) -> Compiled:
    """Return the filter patterns of a rule; several if one would have more than 1,024 characters or two regexes.

    Raises:
        NotExpressibleError: metric filters can't express the rule, and leaving out what they can't would match too
            much.
    """
    if rule.service != "cloudtrail":
        raise NotExpressibleError(
            f"{rule.name}: a metric filter can't match GuardDuty's findings, which are not in CloudTrail's log; "
            "declare the gap, since only the event path sees findings"
        )
    _check_period(rule)
    condition, widenings = normal_form(rule.condition), Widenings()
    try:
        expression = _expression(condition, widenings)
        found = [] if expression is None else _fit(expression, widenings)  # None: even names were left out
        if widenings and not _names_its_calls(condition):
            raise widenings.refusal(rule.service)
    except LimitError as error:
        raise NotExpressibleError(f"{rule.name}: a metric filter can't {error}") from None
    return Compiled(tuple(found), tuple(f"a metric filter can't {why}" for why in widenings.sentences("filter")))


def _fit(expression: Expression, widenings: Widenings) -> list[str]:
    patterns = split(expression)
    while patterns is None:
        error = LimitError(
            f"have more than {MAX_FILTER_CHARACTERS} characters or {MAX_REGEXES} regexes, and no split of the rule has "
            "fewer",
            "split the rule, or add |cased to its texts",
        )
        narrower = without_longest(expression, keep=_NAMES)
        if narrower is None:
            raise error
        widenings.leave_out(error)
        expression = narrower
        patterns = split(expression)
    return patterns


def _names_its_calls(condition: Condition) -> bool:
    """Return whether each alternative of a condition in normal form requires named calls of named services."""
    return all(_requires(condition, field) for field in ("eventSource", "eventName"))


def _requires(condition: Condition, field: str) -> bool:
    match condition:
        case And(of):
            return any(_requires(inner, field) for inner in of)
        case Or(of):
            return all(_requires(inner, field) for inner in of)
        case Test(named, Text() as text):
            return named == field and names_a_call(field, text)
    return False


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


def _expression(condition: Condition, widenings: Widenings) -> Expression | None:
    """Return the expression for a condition in normal form; None for any record."""
    match condition:
        case And(()) | Or(()):
            raise LimitError("use a condition that all records meet, or none", "correct it")
        case And(of):
            return _all(of, widenings)
        case Or(of):
            parts = [_expression(each, widenings) for each in of]
            return None if None in parts else any_of(*(part for part in parts if part))
        case Not(Test()):
            return _all((condition,), widenings)
    try:
        return _leaf(condition)
    except LimitError as error:
        widenings.leave_out(error)
        return None


def _leaf(condition: Condition) -> Expression:
    match condition:
        case Test(field, value):
            return any_of(*_holds(field, value))
        case Null(field):
            _kind(field)
            return _absent_or_null(field)
        case Exists(field, there):
            _kind(field)
            return _there(field) if there else _absent(field)
        case Not(Null(field)):
            return _valued(field)
        case SameAs(field, other) | Not(SameAs(field, other)):
            raise LimitError(f"compare {field} with another field, {other}", "use a value")
        case Keyword(text, str(field)) | Not(Keyword(text, str(field))):
            raise LimitError(f"search all of {field} for {_shown(text)}", "use a field in it")
        case Keyword(text) | Not(Keyword(text)):
            raise LimitError(f"search all fields for {_shown(text)}", "name the field")
    raise AssertionError(f"not a leaf of a normal form: {condition}")


def _all(conditions: Sequence[Condition], widenings: Widenings) -> Expression | None:
    """Join conditions, combining the values that a field must not have, so that its absence is tested once."""
    parts: list[Expression] = []
    unwanted: dict[str, list[Comparison]] = {}
    for condition in conditions:
        match condition:
            case Not(Test(field, value)):
                try:
                    unwanted.setdefault(field, []).extend(_not_held(field, value))
                except LimitError as error:
                    widenings.leave_out(error)
            case _:
                part = _expression(condition, widenings)
                parts += [part] if part else []
    for field, comparisons in unwanted.items():
        if comparisons:
            parts.append(any_of(_absent_or_null(field), all_of(*comparisons)))
    return all_of(*parts) if parts else None


def _not_held(field: str, value: Value) -> list[Comparison]:
    if _kind(field) == "text or object":
        raise LimitError(f"test what {field} is not, because it may be an object", "test what it is")
    return [comparison.opposite for comparison in _holds(field, value)]


def _kind(field: str) -> Kind:
    if field not in FIELDS:
        raise LimitError(
            f"use {field}: it does not look into lists, and CloudTrail's reference doesn't state that this field has a "
            "single value",
            "use another field",
        )
    return FIELDS[field]


def _there(field: str) -> Expression:
    """Return an expression that the field exists, null or not."""
    return any_of(_valued(field), Comparison(_selector(field), "IS", "NULL"))


def _valued(field: str) -> Expression:
    """Return an expression that the field has a value other than null."""
    selector = _selector(field)
    match _kind(field):
        case "line" | "text":
            return Comparison(selector, "=", '"*"')
        case "number":
            return any_of(Comparison(selector, "<", "0"), Comparison(selector, ">=", "0"))
        case "boolean":
            return any_of(Comparison(selector, "IS", "TRUE"), Comparison(selector, "IS", "FALSE"))
        case "object":
            raise LimitError(f"test whether {field} exists, because it is an object", "use a field in it")
        case "text or object":
            raise LimitError(f"test whether {field} exists, because it may be an object", "list its possible texts")


def _holds(field: str, value: Value) -> list[Comparison]:
    """Return comparisons, one of which is true if and only if `value` matches the field's value."""
    kind = _kind(field)
    match kind, value:
        case "object", _:
            raise MistakeError(f"compare {field}, because it is an object", "use a field in it")
        case "boolean", _:
            return _boolean(field, value)
        case "number", Number():
            return [_number(field, value)]
        case "number", _:
            raise LimitError(f"compare {field} with this value, because it is a number", "use a number without quotes")
        case _, Text():
            return [_text(field, kind, value)]
        case "line", Regex():
            return [_regex(field, value)]
        case _, Regex():
            raise LimitError(
                f"use a regular expression on {field}, which may have characters other than printable ASCII",
                "use |contains|cased",
            )
        case _, Cidr():
            return _network(field, value)
        case _, Number() | Boolean():
            raise MistakeError(f"compare {field} with a number or boolean, because it is text", "use text in quotes")


def _boolean(field: str, value: Value) -> list[Comparison]:
    constants = [constant for constant, meant in (("TRUE", True), ("FALSE", False)) if value.holds(meant)]
    if not constants:
        raise MistakeError(f"compare {field} with this value, because it is a boolean", "use true or false")
    return [Comparison(_selector(field), "IS", constant) for constant in constants]


def _number(field: str, value: Number) -> Comparison:
    if not abs(value.number) < _DOUBLES_SKIP:
        raise LimitError(f"compare {field} with {value.number}", f"use a number below {_DOUBLES_SKIP}")
    return Comparison(_selector(field), value.op, repr(value.number))


def _text(field: str, kind: Kind, text: Text) -> Comparison:
    selector = _selector(field)
    if text.parts and all(part.wildcard == ANY for part in text.parts):
        return Comparison(selector, "=", '"*"')
    exact = cased(field, text)
    if exact and (quoted := _quoted(exact)):
        return Comparison(selector, "=", quoted)
    if kind != "line":
        raise LimitError(
            f"compare {field} with this text: on this field it doesn't support `?`, `*` except at the ends, "
            "unprintable characters or ignoring case",
            "use |cased, and `*` only at the ends",
        )
    try:
        return Comparison(selector, "=", of_text(exact or text))
    except UnknownToRegexError as error:
        raise LimitError(f"use {error} with {field}", "remove it") from None


def _regex(field: str, regex: Regex) -> Comparison:
    try:
        return Comparison(_selector(field), "=", of_regex(regex))
    except UnknownToRegexError as error:
        raise LimitError(
            f"use {error} with {field}: groups, references and lazy repeats aren't supported", "rewrite it"
        ) from None


def _network(field: str, cidr: Cidr) -> list[Comparison]:
    texts = network_texts(field, cidr)
    if texts is None:
        raise LimitError(
            f"compare {field} with the network {cidr.network}, because it compares addresses as text",
            "use an IPv4 network of sourceIPAddress, or single IPv4 addresses",
        )
    return [Comparison(_selector(field), "=", _quoted(text) or "") for text in texts]


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
