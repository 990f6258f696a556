"""Convert the counting conditions that Sigma had before correlations: `selection | count() by field > 5`.

"Near aggregation" and functions of values have no equivalent here. The window was `detection.timeframe`.
https://github.com/SigmaHQ/sigma-specification/blob/version_1/Sigma_specification.md#aggregation-expression
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sigma.correlations import SigmaCorrelationTimespan
from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections

from .correlation import UncountableError, group_fields, threshold, window_seconds
from .rule import Count

_COUNT = re.compile(
    r"(?P<function>\w+)\s*\((?P<of>[^)]*)\)\s*(?:by\s+(?P<by>[^<>=]+?)\s*)?(?P<op>[<>=]{1,2})\s*(?P<number>\d+)"
)
_OPERATORS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "=": "eq", "==": "eq"}
_TIMEFRAME = "timeframe"


@dataclass(frozen=True)
class Aggregation:
    """Detections without their aggregation; `count` is None if there was only a meaningless timeframe."""

    detections: SigmaDetections
    count: Count | None


def aggregation_of(detections: SigmaDetections) -> Aggregation | None:
    """Return the detections and their counting condition apart; None if there is none.

    Raises:
        UncountableError: the aggregation can't be converted.
    """
    piped = [condition for condition in detections.condition if "|" in str(condition)]
    if not piped and _TIMEFRAME not in detections.detections:
        return None
    others = {name: each for name, each in detections.detections.items() if name != _TIMEFRAME}
    if not piped:
        return Aggregation(SigmaDetections(others, detections.condition, detections.source, detections.policy), None)
    if len(detections.condition) > 1:
        raise UncountableError("detection.condition: a list of conditions can't be counted; use a correlation")
    before, _, expression = piped[0].partition("|")
    count = _count(expression.strip(), _timeframe(detections.detections))
    return Aggregation(SigmaDetections(others, [before.strip()], detections.source, detections.policy), count)


def _count(expression: str, timeframe: str | None) -> Count:
    found = _COUNT.fullmatch(expression)
    if not found:
        raise UncountableError(
            f"detection.condition: '| {expression}' can't be counted; use `| count() by field > 5` or a correlation"
        )
    function, of = found["function"].lower(), found["of"].strip()
    if function != "count":
        raise UncountableError(f"detection.condition: {function}() is not supported, because alarms count events")
    if of:
        raise UncountableError(
            f"detection.condition: count({of}) counts distinct values, and alarms and the responder count events; "
            "use count()"
        )
    if timeframe is None:
        raise UncountableError("detection.condition counts without a window; add detection.timeframe, such as 5m")
    at_least = threshold(_OPERATORS.get(found["op"], found["op"]), int(found["number"]), "detection.condition")
    group_by = [field.strip() for field in (found["by"] or "").split(",") if field.strip()]
    return Count(at_least, _seconds(timeframe), group_fields(group_by, "detection.condition"))


def _timeframe(detections: Mapping[str, SigmaDetection]) -> str | None:
    """Return `detection.timeframe`, which pySigma reads as a keyword."""
    if _TIMEFRAME not in detections:
        return None
    first = detections[_TIMEFRAME].detection_items[0]
    return str(first.value[0]) if isinstance(first, SigmaDetectionItem) and first.value else ""


def _seconds(timeframe: str) -> int:
    try:
        return window_seconds(SigmaCorrelationTimespan(timeframe), "detection.timeframe")
    except SigmaError:
        raise UncountableError(
            f"detection.timeframe: '{timeframe}' is not a time; use a number and s, m, h, d or w"
        ) from None
