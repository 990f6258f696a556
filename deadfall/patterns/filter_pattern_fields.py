"""Space-delimited filter patterns: `[ip, user, ..., status = 4*, bytes > 1000]`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#matching-term-space-delimited-log-events

Not verified on AWS: that without an ellipsis the last field receives the rest of the message (the guide's
`[w1=ERROR, w2]` matches a line of six words; its 2021 edition disagrees), and that an ellipsis can match no fields.
"""

import re
import string
from dataclasses import dataclass

from .filter_pattern_expression import Condition, parse_expression
from .filter_pattern_scanner import Scanner
from .filter_pattern_values import Equality, Order, as_number, take_comparison

_NAME = frozenset(string.ascii_letters + string.digits + "_")
# Text in brackets or double quotes is one field; an unmatched opening one is a plain character.
_MESSAGE_FIELD = re.compile(r'\[([^\]]*)\](?=\s|$)|"([^"]*)"(?=\s|$)|(\S+)')


@dataclass(frozen=True, slots=True)
class FieldCompares:
    comparison: Equality | Order

    def matches(self, field: str, /) -> bool:
        return self.comparison.holds(field, as_number(field))


@dataclass(frozen=True, slots=True)
class PatternField:
    """One field of the pattern; `name` is empty for a blank field, `condition` None if any value matches."""

    name: str
    condition: Condition | None


_BLANK = PatternField("", None)


@dataclass(frozen=True, slots=True)
class SpaceDelimitedPattern:
    """The fields before and after the ellipsis; `after` is None without an ellipsis."""

    before: tuple[PatternField, ...]
    after: tuple[PatternField, ...] | None

    def matches(self, message: str) -> bool:
        return self.extract(message) is not None

    def extract(self, message: str) -> dict[str, str] | None:
        """Return the message's fields by $name, or $number from 1; None if the message doesn't match."""
        values = self._values(message)
        named = [*self.before, *(self.after or ())]
        if len(values) < len(named):
            return None
        skipped = [_BLANK] * (len(values) - len(named))
        extracted: dict[str, str] = {}
        fields = (*self.before, *skipped, *(self.after or ()))
        for number, (field, value) in enumerate(zip(fields, values, strict=True), start=1):
            if field.condition is not None and not field.condition.matches(value):
                return None
            extracted[f"${field.name or number}"] = value
        return extracted

    def _values(self, message: str) -> list[str]:
        found = list(_MESSAGE_FIELD.finditer(message))
        values = [found_field[found_field.lastindex or 0] for found_field in found]
        last = len(self.before) - 1
        if self.after is None and len(values) > len(self.before):  # the last field receives the rest
            values[last:] = [message[found[last].start() :].rstrip()]
        return values


def parse_space_delimited_pattern(text: str) -> SpaceDelimitedPattern:
    """Parse a pattern in square brackets. Raises InvalidFilterPattern."""
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._scanner = Scanner(text)

    def parse(self) -> SpaceDelimitedPattern:
        scanner = self._scanner
        scanner.skip_space()
        scanner.take("[")
        groups: list[list[PatternField]] = [[]]
        while True:
            scanner.skip_space()
            if scanner.take("..."):
                groups.append([])
                if len(groups) > 2:
                    raise scanner.refusal("a pattern may contain one ellipsis", scanner.position - 3)
                scanner.skip_space()
            else:
                groups[-1].append(self._field())
            if not scanner.take(","):
                break
        if not scanner.take("]"):
            raise scanner.refusal("expected a comma or the closing ]")
        scanner.skip_space()
        if not scanner.at_end:
            raise scanner.refusal("nothing may follow the closing ]")
        return SpaceDelimitedPattern(tuple(groups[0]), tuple(groups[1]) if len(groups) > 1 else None)

    def _field(self) -> PatternField:
        scanner = self._scanner
        start = scanner.position
        name = scanner.take_while(_NAME.__contains__)
        scanner.skip_space()
        if scanner.at_end or scanner.sees(",") or scanner.sees("]"):
            return PatternField(name, None)
        scanner.position = start
        return PatternField(name, parse_expression(scanner, lambda: self._condition(name)))

    def _condition(self, field: str) -> Condition:
        scanner = self._scanner
        start = scanner.position
        name = scanner.take_while(_NAME.__contains__)
        if not name:
            raise scanner.refusal("expected a field name of letters, digits and _")
        if (
            name != field
        ):  # AWS rejects it, although its guide once had an example: awsdocs/amazon-cloudwatch-logs-user-guide#21
            raise scanner.refusal(f"conditions on {name} must be in its own field, not in {field}", start)
        comparison = take_comparison(scanner)
        if comparison is None:
            raise scanner.refusal("expected an operator (=, !=, <, <=, >, >=)")
        return FieldCompares(comparison)
