"""Path E: a Sigma rule as EventBridge event patterns.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html

The condition becomes alternatives, each a list of values for some fields; alternatives that differ in one field are one
with a longer list, and what they share stands once, beside `$or`. A record matches one of the patterns if and only if
it matches the rule, in the events that the rule is about: API calls and sign-ins, and other events if it names their
`eventType`; or GuardDuty's findings.

EventBridge differs from what Sigma means in a few things that are not expected in CloudTrail's records: to it a key
with a dot is two keys, and 22.0 is 22; it can't compare a number with more digits than a double has; an address may
have leading zeros, or be IPv4 in the spelling of IPv6; and i, k and s are not the letters beyond ASCII that Unicode
folds to them.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations, takewhile
from typing import Any

from deadfall.patterns.condition import And, Boolean, Cidr, Condition, Or, Text
from deadfall.patterns.detail_types import API_CALL, SIGN_IN
from deadfall.patterns.event_pattern import MAX_OR_COMBINATIONS, MAX_PATTERN_CHARACTERS, EventPattern
from deadfall.patterns.event_pattern_operators import InvalidPattern
from deadfall.patterns.normal_form import normal_form

from ..back_end import NotExpressibleError
from ..record_fields import FIELDS
from ..rule import Rule
from .field_values import InexactError, Interval, Missing, NoneOf, Values, admitted, both, either
from .text_intersection import EVERY_TEXT, has_letters

_Branch = dict[str, Values]
"""Fields and their values, all of which must be met."""
_Envelope = Callable[[list[_Branch]], dict[str, Any]]
"""What a pattern asks outside of `detail`, of events for which one of the branches holds."""

_ANY_SERVICE = {"prefix": "aws."}  # customers can't put events with such a source
_SIGN_IN_SOURCE = "signin.amazonaws.com"
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
_DETAIL_TYPES = {
    "AwsApiCall": (API_CALL,),
    "AwsConsoleSignIn": SIGN_IN,
    "AwsConsoleSignin": SIGN_IN,
    "AwsServiceEvent": ("AWS Service Event via CloudTrail",),
    "AwsConsoleAction": ("AWS Console Action via CloudTrail",),
    "AwsCloudTrailInsight": ("AWS Insight via CloudTrail",),
}
_UNASKED = ("AwsApiCall", "AwsConsoleSignIn", "AwsConsoleSignin")
# A literal that is an address equals all spellings of it, which other operators don't.
_LIKE_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]*")
# CloudTrail leaves them out rather than write null (none of 683 published records has one).
_NEVER_NULL = frozenset(
    {"eventName", "eventSource", "eventType", "awsRegion", "errorCode", "errorMessage", "userIdentity.type"}
)


def patterns(rule: Rule) -> list[dict[str, Any]]:
    """The event patterns of a rule, on whole EventBridge events; several where one would be over a limit.

    Raises:
        NotExpressibleError: event patterns can't say what the rule asks.
    """
    try:
        branches = _branches(normal_form(rule.condition))
        if not branches:
            raise InexactError(
                "no record can be all that it asks for; see whether a field is named as CloudTrail has it"
            )
        for branch in branches:
            _check_lists(branch)
            _check_event_type(branch)
        return _fitting(branches, _finding_envelope if rule.service == "guardduty" else _record_envelope)
    except InexactError as error:
        raise NotExpressibleError(f"{rule.name}: in EventBridge, {error}") from None


def pattern_text(pattern: Mapping[str, Any]) -> str:
    """A pattern as it is given to PutRule, whose limit counts these characters."""
    return json.dumps(pattern)


# The condition as alternatives


def _branches(condition: Condition) -> list[_Branch]:
    match condition:
        case Or():
            return _merged([branch for inner in condition.of for branch in _branches(inner)])
        case And():
            found: list[_Branch] = [{}]
            for inner in condition.of:
                others = _branches(inner)
                if len(found) * len(others) > MAX_OR_COMBINATIONS:
                    raise InexactError(
                        f"it needs more than {MAX_OR_COMBINATIONS} combinations of alternatives; make it several rules"
                    )
                pairs = [_joined(one, other) for other in others for one in found]
                found = _merged([branch for branch in pairs if branch is not None])
            return found
    values = admitted(condition)
    if values is None:
        return [{}]
    return [{_field(condition): values}] if values else []


def _field(leaf: Any) -> str:
    return leaf.field if hasattr(leaf, "field") else leaf.of.field


def _joined(one: _Branch, other: _Branch) -> _Branch | None:
    """What satisfies both; None if nothing does."""
    joined = dict(one)
    for field, values in other.items():
        joined[field] = both(field, joined[field], values) if field in joined else values
        if not joined[field]:
            return None
    return joined


def _merged(branches: list[_Branch]) -> list[_Branch]:
    """The same alternatives in fewer: those that differ in one field only become one, and what adds nothing goes."""
    fields = {field for branch in branches for field in branch}
    before = -1
    while len(branches) != before:
        before = len(branches)
        for field in sorted(fields):
            branches = _merged_by(field, branches)
        branches = _without_narrower(branches)
    return branches


def _merged_by(field: str, branches: list[_Branch]) -> list[_Branch]:
    groups: dict[Any, list[_Branch]] = defaultdict(list)
    for branch in branches:
        groups[field in branch, frozenset(item for item in branch.items() if item[0] != field)].append(branch)
    merged: list[_Branch] = []
    for (named, _), alike in groups.items():
        values = either(field, [branch[field] for branch in alike]) if named else None
        rest = {other: kept for other, kept in alike[0].items() if other != field}
        merged.append(rest if values is None else {**alike[0], field: values})
    return merged


def _without_narrower(branches: list[_Branch]) -> list[_Branch]:
    kept: list[_Branch] = []
    for branch in sorted(branches, key=len):
        if not any(wider.items() <= branch.items() for wider in kept):
            kept.append(branch)
    return [branch for branch in branches if any(branch is each for each in kept)]


def _check_lists(branch: _Branch) -> None:
    """Sigma asks for two fields anywhere in a list of objects, EventBridge for both in one element."""
    for one, other in combinations(branch, 2):
        shared = _shared_path(one, other)
        if shared in (one, other) or (shared and FIELDS.get(shared) != "object"):
            raise InexactError(
                f"{one} and {other} may lie in different elements of a list, and EventBridge asks for both in one; "
                "ask for one of them"
            )


def _shared_path(one: str, other: str) -> str:
    pairs = zip(one.split("."), other.split("."), strict=False)
    return ".".join(first for first, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _check_event_type(branch: _Branch) -> None:
    for value in branch.get("eventType", ()):
        if isinstance(value, Text) and not any(value.holds(known) for known in _DETAIL_TYPES):
            raise InexactError(f"eventType {value.plain!r} is not known; known are {', '.join(sorted(_DETAIL_TYPES))}")


# Patterns within the limits


def _fitting(branches: list[_Branch], envelope: _Envelope) -> list[dict[str, Any]]:
    """One pattern, or as many as it takes to keep each within the limits."""
    pattern = _pattern(branches, envelope)
    problem = _problem(pattern)
    if problem is None:
        return [pattern]
    halves = _halves(branches)
    if halves is None:
        raise InexactError(f"{problem}, and it can't be split further; ask for less at once")
    return [pattern for half in halves for pattern in _fitting(half, envelope)]


def _problem(pattern: dict[str, Any]) -> str | None:
    length = len(pattern_text(pattern))
    if length > MAX_PATTERN_CHARACTERS:
        return f"its pattern has {length} characters, and the limit is {MAX_PATTERN_CHARACTERS}"
    try:
        EventPattern(pattern)
    except InvalidPattern as error:
        return f"its pattern would be refused ({error})"
    return None


def _halves(branches: list[_Branch]) -> tuple[list[_Branch], list[_Branch]] | None:
    """Half of the alternatives each, or half of the values of the field with the longest list."""
    if len(branches) > 1:
        middle = len(branches) // 2
        return branches[:middle], branches[middle:]
    (branch,) = branches
    # Beside anything-but stands what it needs to be exact.
    divisible = [
        field for field, values in branch.items() if len(values) > 1 and not any(isinstance(v, NoneOf) for v in values)
    ]
    if not divisible:
        return None
    longest = max(divisible, key=lambda field: len(pattern_text({"values": _written(field, branch[field])})))
    values = branch[longest]
    middle = len(values) // 2
    return [{**branch, longest: values[:middle]}], [{**branch, longest: values[middle:]}]


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
        inner[name] = _written(field, values)
    return nested


# The envelope


def _finding_envelope(_: list[_Branch]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html"""
    return {"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"]}


def _record_envelope(branches: list[_Branch]) -> dict[str, Any]:
    return {"source": _sources(branches), "detail-type": _detail_types(branches)}


def _sources(branches: Iterable[_Branch]) -> list[Any]:
    """x.amazonaws.com puts its events as aws.x."""
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
    asked = [known for branch in branches for known in _event_types(branch)]
    return list(dict.fromkeys(name for known in _DETAIL_TYPES if known in asked for name in _DETAIL_TYPES[known]))


def _event_types(branch: _Branch) -> list[str]:
    """API calls and sign-ins as far as the branch admits them, and of the others those it names."""
    values = branch.get("eventType")
    if values is None:
        return [known for known in _UNASKED if known == "AwsApiCall" or _may_be_sign_in(branch)]
    named = [value for value in values if isinstance(value, Text) and value != EVERY_TEXT]
    return [
        known
        for known in _DETAIL_TYPES
        if any(text.holds(known) for text in named)
        or (known in _UNASKED and any(_admits(value, known) for value in values))
    ]


def _may_be_sign_in(branch: _Branch) -> bool:
    return any(_admits(value, _SIGN_IN_SOURCE) for value in branch.get("eventSource", (EVERY_TEXT,)))


def _admits(value: object, text: str) -> bool:
    if isinstance(value, NoneOf):
        return not any(excluded.holds(text) for excluded in value.texts)
    return isinstance(value, Text) and value.holds(text)


# Values as event patterns write them


def _written(field: str, values: Values) -> list[Any]:
    null_is_meant = Missing.NULL in values
    if EVERY_TEXT in values and null_is_meant:
        return [{"exists": True}]
    excluding = any(isinstance(value, NoneOf) for value in values)
    if excluding and not null_is_meant and field not in _NEVER_NULL:
        raise InexactError(
            f"{field} must neither be null nor some text, and anything-but admits null; name the values that are meant"
        )
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
    raise InexactError(
        f"{field} is compared with a part of a text in any case, which event patterns can't; add |cased, or name whole "
        "values"
    )


# EventBridge matches texts in their quotation marks, and takes the closing one for the end of a prefix, the opening one
# for the beginning of a suffix. Wildcards don't.


def _prefix(text: Text) -> str | None:
    """`abc` of abc*; of * alone the empty text."""
    prefix = Text(text.parts[:-1]).plain
    ends_open = bool(text.parts) and text.parts[-1].wildcard is not None
    return prefix if ends_open and prefix is not None and not prefix.endswith('"') else None


def _suffix(text: Text) -> str | None:
    """`abc` of *abc."""
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
    """A network of one address is refused, but the address itself equals all its spellings."""
    address, _, bits = cidr.network.partition("/")
    return address if bits in ("", "32" if "." in address else "128") else {"cidr": cidr.network}
