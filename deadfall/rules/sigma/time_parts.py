"""Express Sigma's time modifiers, such as `eventTime|hour: 3`, as tests of CloudTrail's textual time.

CloudTrail writes times as 2026-11-30T03:15:00Z, in UTC (docs/aws-facts.md, record-times). So every back end
can express an hour as the text `*T03:*`. Sigma doesn't define a time zone; here it is UTC.
"""

from sigma.types import CompareOperators, TimestampPart

from deadfall.patterns.condition import ANY, Condition, Or, Part, Test, Text

FIELDS = ("eventTime", "userIdentity.sessionContext.attributes.creationDate")
"""The fields that have CloudTrail's time format."""

# Each part with its smallest and largest number, and the text before and after it.
_PARTS: dict[TimestampPart, tuple[int, int, str, str]] = {
    TimestampPart.MINUTE: (0, 59, ":", ":"),
    TimestampPart.HOUR: (0, 23, "T", ":"),
    TimestampPart.DAY: (1, 31, "-", "T"),
    TimestampPart.MONTH: (1, 12, "-", "-"),
}
_HOLDS = {
    CompareOperators.LT: int.__lt__,
    CompareOperators.LTE: int.__le__,
    CompareOperators.GT: int.__gt__,
    CompareOperators.GTE: int.__ge__,
}


class TimePartError(Exception):
    """A time modifier that can't be expressed; the message names the field and the remedy."""


def time_part(field: str, part: TimestampPart, number: int, op: CompareOperators | None = None) -> Condition:
    """Return the condition that a part of the field's time equals, or is compared with, a number.

    Raises:
        TimePartError: the field is no time, or the part or the comparison can't be expressed.
    """
    name = part.name.lower()
    if field not in FIELDS:
        raise TimePartError(f"|{name} is only supported on {' and '.join(FIELDS)}, and not on {field}; use one of them")
    if part is TimestampPart.YEAR:
        return _year(field, number, op)
    if part not in _PARTS:
        raise TimePartError(f"{field}|{name} isn't supported, because the time has no {name}; use |month and |day")
    low, high, before, after = _PARTS[part]
    if not low <= number <= high:
        raise TimePartError(f"{field}|{name} is compared with {number}; use {low} to {high}")
    if op is None:
        return _test(field, f"{before}{number:02}{after}")
    if op not in _HOLDS:
        raise TimePartError(f"{field}|{name}|{op.name.lower()} isn't supported; use lt, lte, gt or gte")
    holding = [each for each in range(low, high + 1) if _HOLDS[op](each, number)]
    if not holding:
        raise TimePartError(f"{field}|{name}|{op.name.lower()}: {number} matches no {name}; correct the number")
    texts = _hours(holding) if part is TimestampPart.HOUR else [f"{before}{each:02}{after}" for each in holding]
    tests = tuple(_test(field, text) for text in texts)
    return tests[0] if len(tests) == 1 else Or(tests)


def _hours(hours: list[int]) -> list[str]:
    """Return texts for hours. All hours with the same first digit are one text, because patterns limit wildcards."""
    whole = [tens for tens, last in ((0, 10), (1, 20), (2, 24)) if set(range(10 * tens, last)) <= set(hours)]
    return [f"T{tens}" for tens in whole] + [f"T{hour:02}:" for hour in hours if hour // 10 not in whole]


def _year(field: str, number: int, op: CompareOperators | None) -> Condition:
    if op is not None:
        raise TimePartError(f"{field}|year can't be compared with |{op.name.lower()}; list the years")
    if not 1000 <= number <= 9999:
        raise TimePartError(f"{field}|year is compared with {number}; use four digits")
    return Test(field, Text((Part(f"{number}-"), Part(wildcard=ANY)), cased=True))


def _test(field: str, text: str) -> Test:
    return Test(field, Text((Part(wildcard=ANY), Part(text), Part(wildcard=ANY)), cased=True))
