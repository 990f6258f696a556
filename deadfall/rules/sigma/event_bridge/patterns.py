"""Compile a Sigma rule to EventBridge event patterns, for the event path.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html

The condition becomes alternatives ("branches"), each with lists of values for some fields. Branches that differ in one
field are merged into one with a longer list, and fields that all branches share are placed outside `$or`. A record
matches one of the patterns if and only if it matches the rule, for CloudTrail's events of every detail type that the
rule doesn't exclude, or for GuardDuty's findings. What patterns can't express is left out if the rule still names its
events, so that they match more than the rule (widening.py).

EventBridge's semantics differ from Sigma's in a few cases that aren't expected in CloudTrail's records: a key with a
dot is two keys; 22.0 equals 22; numbers with more digits than a double can't be compared; addresses may have leading
zeros or be IPv4 in IPv6 notation; and i, k and s don't equal the letters beyond ASCII that Unicode folds to them.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_network
from itertools import takewhile
from math import prod
from typing import Any

from deadfall.patterns.aws_limits import MAX_OR_COMBINATIONS, MAX_PATTERN_CHARACTERS
from deadfall.patterns.condition import And, Boolean, Cidr, Condition, Or, Text
from deadfall.patterns.detail_types import BY_EVENT_TYPE, INSIGHT, SIGN_IN
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.event_pattern_operators import InvalidPattern
from deadfall.patterns.normal_form import normal_form

from ..back_end import Compiled, NotExpressibleError
from ..record_fields import FIELDS, NEVER_NULL
from ..rule import Rule, Service
from ..widening import LimitError, Widenings, names_a_call
from .field_values import Alternative, Interval, Missing, NoneOf, Values, admitted_values, both, either
from .text_intersection import EVERY_TEXT, has_letters

_Branch = dict[str, Values]
"""Fields with their admitted values; a record must match all fields."""
_Envelope = Callable[[list[_Branch]], dict[str, Any]]
"""Returns the part of a pattern outside `detail`, for events that match one of the branches."""

_ANY_SERVICE = {"prefix": "aws."}  # customers can't put events with this prefix
_NAMES = frozenset({"eventSource", "eventName", "eventType", "type"})
"""The fields of records and findings that name events; a superset keeps its tests of them."""
_SIGN_IN_SOURCE = "signin.amazonaws.com"
# No other field is in an Insights event's record (docs/aws-facts.md, insights-event-fields).
_INSIGHT_FIELDS = frozenset(
    {"eventVersion", "eventType", "eventID", "eventTime", "awsRegion", "recipientAccountId", "sharedEventID"}
    | {"insightDetails", "eventCategory"}
)
# A literal address equals all its spellings; with other operators it doesn't.
_LIKE_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]*")


def patterns(rule: Rule) -> list[dict[str, Any]]:
    """Return the event patterns of a rule, exact or not.

    Raises:
        NotExpressibleError: event patterns can't express the rule.
    """
    return list(compile_patterns(rule).queries)


def compile_patterns(rule: Rule) -> Compiled:
    """Return the event patterns of a rule, for whole EventBridge events; several if one would exceed a limit.

    Raises:
        NotExpressibleError: event patterns can't express the rule, and leaving out what they can't would match too
            much.
    """
    widenings = Widenings()
    envelope = _finding_envelope if rule.service == "guardduty" else _record_envelope
    try:
        branches = _branches(normal_form(rule.condition), widenings)
        if not branches:
            raise LimitError("no record can meet all its conditions", "correct the fields or the values")
        for branch in branches:
            _check_event_type(branch)
        branches = _merge([_widen(branch, widenings) for branch in branches])
        found = _fit(branches, envelope, widenings)
        if widenings and not all(_names_its_events(branch, rule.service) for branch in branches):
            raise widenings.refusal(rule.service)
    except LimitError as error:
        raise NotExpressibleError(f"{rule.name}: in EventBridge, {error}") from None
    return Compiled(tuple(found), widenings.sentences("pattern"))


def pattern_text(pattern: Mapping[str, Any]) -> str:
    """Return a pattern as text for PutRule, whose limit counts these characters."""
    return json.dumps(pattern)


# The condition as alternatives


def _branches(condition: Condition, widenings: Widenings) -> list[_Branch]:
    match condition:
        case Or():
            return _merge([branch for inner in condition.of for branch in _branches(inner, widenings)])
        case And():
            found: list[_Branch] = [{}]
            parts = [_branches(inner, widenings) for inner in condition.of]
            if prod(map(len, parts)) > MAX_OR_COMBINATIONS:
                parts.sort(key=_name_events, reverse=True)  # so that others are left out
            for others in parts:
                if len(found) * len(others) > MAX_OR_COMBINATIONS:
                    widenings.leave_out(
                        LimitError(
                            f"it needs more than {MAX_OR_COMBINATIONS} combinations of alternatives", "split the rule"
                        )
                    )
                    continue
                pairs = [_join(one, other, widenings) for other in others for one in found]
                found = _merge([branch for branch in pairs if branch is not None])
            return found
    try:
        values = admitted_values(condition)
        if values is None:
            return [{}]
        return [{_field(condition): values}] if values else []
    except LimitError as error:
        widenings.leave_out(error)
        return [{}]


def _name_events(branches: list[_Branch]) -> bool:
    return all(branch.keys() & _NAMES for branch in branches)


def _field(leaf: Any) -> str:
    field: str = leaf.field if hasattr(leaf, "field") else leaf.of.field
    if "\\." in field:
        raise LimitError(f"{field} has a key with a dot, which event patterns take for two keys", "use another field")
    return field


def _join(one: _Branch, other: _Branch, widenings: Widenings) -> _Branch | None:
    """Return the branch that meets both; None if nothing does."""
    joined = dict(one)
    for field, values in other.items():
        joined[field] = _common(field, joined[field], values, widenings) if field in joined else values
        if not joined[field]:
            return None
    return joined


def _common(field: str, one: Values, other: Values, widenings: Widenings) -> Values:
    try:
        return both(field, one, other)
    except LimitError as error:
        widenings.leave_out(error)
        return min(one, other, key=_breadth)


def _breadth(values: Values) -> int:
    """Return how much values admit, roughly: literal ones, parts of texts and ranges, or almost everything."""
    return max(map(_breadth_of, values))


def _breadth_of(value: Alternative) -> int:
    match value:
        case NoneOf() | Missing():
            return 2
        case Text() if value.plain is not None:
            return 0
        case Interval() if value.low is not None and value.low == value.high:
            return 0
        case Boolean():
            return 0
    return 1


def _merge(branches: list[_Branch]) -> list[_Branch]:
    """Merge branches that differ in only one field, and remove those that another one covers."""
    fields = {field for branch in branches for field in branch}
    before = -1
    while len(branches) != before:
        before = len(branches)
        for field in sorted(fields):
            branches = _merge_by(field, branches)
        branches = _remove_narrower(branches)
    return branches


def _merge_by(field: str, branches: list[_Branch]) -> list[_Branch]:
    groups: dict[Any, list[_Branch]] = defaultdict(list)
    for branch in branches:
        groups[field in branch, frozenset(item for item in branch.items() if item[0] != field)].append(branch)
    merged: list[_Branch] = []
    for (named, _), alike in groups.items():
        values = either(field, [branch[field] for branch in alike]) if named else None
        rest = {other: kept for other, kept in alike[0].items() if other != field}
        merged.append(rest if values is None else {**alike[0], field: values})
    return merged


def _remove_narrower(branches: list[_Branch]) -> list[_Branch]:
    kept: list[_Branch] = []
    for branch in sorted(branches, key=len):
        if not any(wider.items() <= branch.items() for wider in kept):
            kept.append(branch)
    return [branch for branch in branches if any(branch is each for each in kept)]


# Supersets


def _widen(branch: _Branch, widenings: Widenings) -> _Branch:
    """Leave out what a pattern can't express."""
    widened = {
        field: wider for field, values in branch.items() if (wider := _widened(field, values, widenings)) is not None
    }
    return _in_one_element(widened, widenings)


def _widened(field: str, values: Values, widenings: Widenings) -> Values | None:
    """Return values that a pattern can express: the same or more; None if that is any value."""
    if any(isinstance(value, NoneOf) for value in values) and Missing.NULL not in values and field not in NEVER_NULL:
        widenings.leave_out(
            LimitError(
                f"{field} must be neither null nor certain texts, and anything-but admits null",
                "list the intended values",
            )
        )
        values = (*values, Missing.NULL)
    for value in values:
        if isinstance(value, Cidr) and not _is_exact(field, value):
            widenings.leave_out(
                LimitError(
                    f"{field}|cidr compares digits, and {value.network} also contains other values with these digits, "
                    "such as addresses of the other IP version",
                    "list the intended addresses",
                )
            )
    try:
        _render(field, values)
    except LimitError as error:
        widenings.leave_out(error)
        return None
    return values


def _is_exact(field: str, cidr: Cidr) -> bool:
    """Return whether the network contains only its own addresses (docs/aws-facts.md, pattern-cidr).

    An IPv4 address has as many digits as the first 32 bits of an IPv6 address, and equals none that are longer. A
    field that may be a number may have any digits.
    """
    network = ip_network(cidr.network)
    return field in FIELDS and network.version == 6 and network.prefixlen >= 32


def _in_one_element(branch: _Branch, widenings: Widenings) -> _Branch:
    """Keep one of two fields in one list of objects: EventBridge requires both in one element, Sigma doesn't."""
    kept: list[str] = []
    for field in sorted(branch, key=lambda field: _breadth(branch[field])):
        rival = next((other for other in kept if _may_share_a_list(field, other)), None)
        if rival is None:
            kept.append(field)
        else:
            widenings.leave_out(
                LimitError(
                    f"{rival} and {field} may be in different elements of a list, and EventBridge requires both in one",
                    "use only one of them",
                )
            )
    return {field: values for field, values in branch.items() if field in kept}


def _may_share_a_list(one: str, other: str) -> bool:
    shared = _shared_path(one, other)
    return shared in (one, other) or bool(shared and FIELDS.get(shared) != "object")


def _names_its_events(branch: _Branch, service: Service) -> bool:
    """Return whether a branch requires named calls, or a text in a finding's type."""
    if service == "guardduty":
        return _breadth(branch.get("type", (Missing.NULL,))) < 2
    return all(
        isinstance(value, Text) and names_a_call(field, value)
        for field in ("eventSource", "eventName")
        for value in branch.get(field, (Missing.NULL,))
    )


def _shared_path(one: str, other: str) -> str:
    pairs = zip(one.split("."), other.split("."), strict=False)
    return ".".join(first for first, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _check_event_type(branch: _Branch) -> None:
    for value in branch.get("eventType", ()):
        if isinstance(value, Text) and not any(value.holds(known) for known in BY_EVENT_TYPE):
            written = "".join(part.wildcard or part.text for part in value.parts)
            raise LimitError(f"unknown eventType {written!r}", f"use one of {', '.join(sorted(BY_EVENT_TYPE))}")


# Patterns within the limits


def _fit(branches: list[_Branch], envelope: _Envelope, widenings: Widenings) -> list[dict[str, Any]]:
    """Return one pattern, or several if one would exceed the limits."""
    pattern = _pattern(branches, envelope)
    problem = _problem(pattern)
    if problem is None:
        return [pattern]
    halves = _halves(branches)
    if halves is None:
        error = LimitError(f"{problem}, and it can't be split further", "split the rule")
        narrower = _without_longest(branches[0], error)
        widenings.leave_out(error)
        return _fit([narrower], envelope, widenings)
    return [pattern for half in halves for pattern in _fit(half, envelope, widenings)]


def _problem(pattern: dict[str, Any]) -> str | None:
    length = len(pattern_text(pattern))
    if length > MAX_PATTERN_CHARACTERS:
        return f"its pattern has {length} characters, and the limit is {MAX_PATTERN_CHARACTERS}"
    try:
        EventPattern(pattern)
    except InvalidPattern as error:
        return f"AWS would reject its pattern ({error})"
    return None


def _halves(branches: list[_Branch]) -> tuple[list[_Branch], list[_Branch]] | None:
    """Split the branches in halves, or the values of the field with the longest list."""
    if len(branches) > 1:
        middle = len(branches) // 2
        return branches[:middle], branches[middle:]
    (branch,) = branches
    # Lists with anything-but can't be split: their other values make them exact.
    divisible = [
        field for field, values in branch.items() if len(values) > 1 and not any(isinstance(v, NoneOf) for v in values)
    ]
    if not divisible:
        return None
    longest = max(divisible, key=lambda field: _length(field, branch))
    values = branch[longest]
    middle = len(values) // 2
    return [{**branch, longest: values[:middle]}], [{**branch, longest: values[middle:]}]


def _without_longest(branch: _Branch, error: LimitError) -> _Branch:
    """Leave out the field with the longest list, of those that don't name the events."""
    others = [field for field in branch if field not in _NAMES]
    if not others:
        raise error
    longest = max(others, key=lambda field: _length(field, branch))
    return {field: values for field, values in branch.items() if field != longest}


def _length(field: str, branch: _Branch) -> int:
    return len(pattern_text({"values": _render(field, branch[field])}))


def _pattern(branches: list[_Branch], envelope: _Envelope) -> dict[str, Any]:
    pattern = envelope(branches)
    shared = {field: values for field, values in branches[0].items() if all(b.get(field) == values for b in branches)}
    detail = _nested(shared)
    if len(branches) > 1:
        detail["$or"] = [
            _nested({field: values for field, values in branch.items() if field not in shared}) for branch in branches
        ]
    if detail:
        pattern["detail"] = detail
    return pattern


def _nested(branch: _Branch) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for field, values in branch.items():
        *path, name = field.split(".")
        inner = nested
        for step in path:
            inner = inner.setdefault(step, {})
        inner[name] = _render(field, values)
    return nested


# The envelope


def _finding_envelope(_: list[_Branch]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html"""
    return {"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"]}


def _record_envelope(branches: list[_Branch]) -> dict[str, Any]:
    return {"source": _sources(branches), "detail-type": _detail_types(branches)}


def _sources(branches: Iterable[_Branch]) -> list[Any]:
    """Return the event sources: the service x.amazonaws.com uses the source aws.x."""
    sources: list[str] = []
    for branch in branches:
        for value in branch.get("eventSource", (None,)):
            text = value.plain if isinstance(value, Text) else None
            service = re.fullmatch(r"([a-z0-9-]+)\.amazonaws\.com", text or "")
            if service is None:
                return [_ANY_SERVICE]
            sources.append(f"aws.{service[1]}")
    return list(dict.fromkeys(sources))


def _detail_types(branches: Iterable[_Branch]) -> list[str]:
    admitted = [known for branch in branches for known in _event_types(branch)]
    # Both spellings of the sign-in's detail type, as AWS's pages disagree on it.
    kinds = {known: SIGN_IN if name in SIGN_IN else (name,) for known, name in BY_EVENT_TYPE.items()}
    return list(dict.fromkeys(name for known in BY_EVENT_TYPE if known in admitted for name in kinds[known]))


def _event_types(branch: _Branch) -> list[str]:
    """Return the event types that the branch doesn't exclude."""
    values = branch.get("eventType")
    if values and all(isinstance(value, Missing) for value in values):
        values = None  # nothing says of which type an event without one is
    named = [value for value in values or () if isinstance(value, Text) and value != EVERY_TEXT]
    return [
        known
        for known, name in BY_EVENT_TYPE.items()
        if any(text.holds(known) for text in named)
        or (_may_be(branch, name) and (values is None or any(_admits(value, known) for value in values)))
    ]


def _may_be(branch: _Branch, detail_type: str) -> bool:
    """Return False if no event of this type has the fields that the branch requires."""
    if detail_type in SIGN_IN:
        return any(_admits(value, _SIGN_IN_SOURCE) for value in branch.get("eventSource", (EVERY_TEXT,)))
    if detail_type == INSIGHT:
        required = {field for field, values in branch.items() if Missing.ABSENT not in values}
        return all(field.partition(".")[0] in _INSIGHT_FIELDS for field in required)
    return True


def _admits(value: object, text: str) -> bool:
    if isinstance(value, NoneOf):
        return not any(excluded.holds(text) for excluded in value.texts)
    return isinstance(value, Text) and value.holds(text)


# Values as event patterns write them


def _render(field: str, values: Values) -> list[Any]:
    null_is_meant = Missing.NULL in values
    if EVERY_TEXT in values and null_is_meant:
        return [{"exists": True}]
    excluding = any(isinstance(value, NoneOf) for value in values)
    return [_one(field, value) for value in values if not (excluding and value is Missing.NULL)]


def _one(field: str, value: object) -> Any:
    match value:
        case Text():
            return _text(field, value)
        case NoneOf():
            return {"anything-but": _excluded(field, value.texts)}
        case Boolean():
            return value.value
        case Interval():
            return _numeric(value)
        case Cidr():
            return _cidr(value)
        case Missing.NULL:
            return None
        case Missing.ABSENT:
            return {"exists": False}
    raise TypeError(f"no value: {value}")


def _text(field: str, text: Text) -> Any:
    if (plain := text.plain) is not None:
        if not text.cased or (_LIKE_ADDRESS.fullmatch(plain) and not has_letters(text)):
            return _in_any_case(plain)
        return _wildcard(text) if _LIKE_ADDRESS.fullmatch(plain) else plain
    if (prefix := _prefix(text)) is not None:
        return {"prefix": prefix if text.cased else _in_any_case(prefix)}
    if (suffix := _suffix(text)) is not None:
        return {"suffix": suffix if text.cased else _in_any_case(suffix)}
    return _wildcard(_cased_only(field, text))


def _excluded(field: str, texts: tuple[Text, ...]) -> Any:
    def listed(values: Iterable[str | None]) -> Any:
        written = list(values)
        return written[0] if len(written) == 1 else written

    if all(text.plain is not None for text in texts):
        if all(text.cased for text in texts):
            return listed(text.plain for text in texts)
        if all(not (text.cased and has_letters(text)) for text in texts):
            return {"equals-ignore-case": listed(text.plain for text in texts)}
    for text in texts:
        _cased_only(field, text)
    if all(_prefix(text) for text in texts):
        return {"prefix": listed(map(_prefix, texts))}
    if all(_suffix(text) for text in texts):
        return {"suffix": listed(map(_suffix, texts))}
    return {"wildcard": listed(_wildcard(text)["wildcard"] for text in texts)}


def _cased_only(field: str, text: Text) -> Text:
    if text.cased:
        return text
    raise LimitError(
        f"{field} is compared with part of a text in any case, which event patterns can't do",
        "add |cased, or use whole values",
    )


# EventBridge matches texts including their quotation marks: a prefix can match the closing one, a suffix the opening
# one. Wildcards can't.


def _prefix(text: Text) -> str | None:
    """Return `abc` for abc*, and the empty text for a single *."""
    prefix = Text(text.parts[:-1]).plain
    ends_open = bool(text.parts) and text.parts[-1].wildcard is not None
    return prefix if ends_open and prefix is not None and not prefix.endswith('"') else None


def _suffix(text: Text) -> str | None:
    """Return `abc` for *abc."""
    suffix = Text(text.parts[1:]).plain
    begins_open = bool(text.parts) and text.parts[0].wildcard is not None
    return suffix if begins_open and suffix is not None and not suffix.startswith('"') else None


def _in_any_case(text: str) -> dict[str, str]:
    return {"equals-ignore-case": text}


def _wildcard(text: Text) -> dict[str, str]:
    return {
        "wildcard": "".join(
            "*" if part.wildcard else part.text.replace("\\", r"\\").replace("*", r"\*") for part in text.parts
        )
    }


def _numeric(interval: Interval) -> Any:
    if interval.low is not None and interval.low == interval.high:
        return interval.low
    comparisons: list[Any] = []
    if interval.low is not None:
        comparisons += [">=" if interval.low_included else ">", interval.low]
    if interval.high is not None:
        comparisons += ["<=" if interval.high_included else "<", interval.high]
    return {"numeric": comparisons}


def _cidr(cidr: Cidr) -> Any:
    """Return a CIDR test; for a single address, which EventBridge rejects as a network, the address itself."""
    address, _, bits = cidr.network.partition("/")
    return address if bits in ("", "32" if "." in address else "128") else {"cidr": cidr.network}
