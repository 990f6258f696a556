"""Match log events against CloudWatch Logs filter patterns.

Metric filters, subscription filters and FilterLogEvents share the pattern language:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. A pattern in braces is for JSON
messages, one in square brackets for space-delimited messages, any other searches for terms. The module of each kind
names what AWS's guide leaves open.
"""

import json
from collections.abc import Mapping

from .filter_pattern_expression import Condition
from .filter_pattern_fields import SpaceDelimitedPattern, parse_space_delimited_pattern
from .filter_pattern_json import JsonPattern, parse_json_pattern
from .filter_pattern_partial import match_partial
from .filter_pattern_scanner import InvalidFilterPattern
from .filter_pattern_terms import RegexAlone, Terms, parse_terms
from .partial_record import Certainty, PartialRecord

__all__ = ["FilterPattern", "InvalidFilterPattern"]


class FilterPattern:
    """A parsed filter pattern. Raises InvalidFilterPattern, a ValueError, if CloudWatch Logs would reject the text."""

    def __init__(self, text: str) -> None:
        self._pattern: JsonPattern | SpaceDelimitedPattern | Terms | RegexAlone
        match text.lstrip()[:1]:
            case "{":
                self._pattern = parse_json_pattern(text)
            case "[":
                self._pattern = parse_space_delimited_pattern(text)
            case _:
                self._pattern = parse_terms(text)

    def matches(self, message: str | Mapping[str, object]) -> bool:
        """Return whether a log event matches, given its message as text or as a parsed JSON object."""
        if isinstance(self._pattern, JsonPattern):
            return self._pattern.matches(message)
        return self._pattern.matches(message if isinstance(message, str) else _spelled(message))

    def match_partial(self, record: PartialRecord) -> Certainty:
        """Return how certainly a partially known record matches.

        A pattern that is not for JSON reads the message as text, which is unknown: it possibly matches.
        """
        if isinstance(self._pattern, JsonPattern):
            return match_partial(self._pattern.expression, record)
        return Certainty.POSSIBLE

    @property
    def expression(self) -> Condition | None:
        """The condition on a record; None if the pattern is not for JSON messages."""
        return self._pattern.expression if isinstance(self._pattern, JsonPattern) else None

    @property
    def selects_json(self) -> bool:
        """Whether the pattern is for JSON messages."""
        return isinstance(self._pattern, JsonPattern)

    def extract(self, message: str) -> dict[str, str]:
        """Return TestMetricFilter's extractedValues: empty unless a space-delimited pattern matches."""
        return (self._pattern.extract(message) or {}) if isinstance(self._pattern, SpaceDelimitedPattern) else {}


def _spelled(record: Mapping[str, object]) -> str:
    """Return a record as JSON without spaces, as CloudTrail delivers it to a log group."""
    return json.dumps(dict(record), separators=(",", ":"), ensure_ascii=False)
