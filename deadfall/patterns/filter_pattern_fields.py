"""Space-delimited filter patterns: `[ip, user, ..., status = 4*, bytes > 1000]`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#matching-term-space-delimited-log-events

Not verified on AWS: that the last field takes the whole rest of the message where there is no ellipsis (the guide's
`[w1=ERROR, w2]` matches a line of six words, its edition of 2021 says otherwise), and that an ellipsis may stand for no
field at all.
"""

import re
import string
from dataclasses import dataclass

from .filter_pattern_expression import Condition, parse_expression
from .filter_pattern_scanner import Scanner
from .filter_pattern_values import Equality, Order, as_number, take_comparison

_NAME = frozenset(string.ascii_letters + string.digits + "_")
# What stands between brackets or double quotes is one field; an opening one that is never closed is a plain character.
_MESSAGE_FIELD = re.compile(r'\[([^\]]*)\](?=\s|$)|"([^"]*)"(?=\s|$)|(\S+)')


@dataclass(frozen=True, slots=True)
class FieldCompares:
    comparison: Equality | Order

    def matches(self, field: str, /) -> bool:
        return self.comparison.holds(field, as_number(field))


@dataclass(frozen=True, slots=True)
class PatternField:
    """One field of the pattern; `name` is empty for a blank one, `condition` None where anything will do."""

    name: str
    condition: Condition | None


_BLANK = PatternField("", None)


@dataclass(frozen=True, slots=True)
class SpaceDelimitedPattern:
    """The fields before the ellipsis and those after it; `after` is None where there is no ellipsis."""

    before: tuple[PatternField, ...]
    after: tuple[PatternField, ...] | None

    def matches(self, message: str) -> bool:
        return self.extract(message) is not None

    def extract(self, message: str) -> dict[str, str] | None:
        """The message's fields, by name or by number from 1, each with a $ before it; None if it doesn't match."""
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
        if self.after is None and len(values) > len(self.before):  # the last field takes the rest
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
            raise scanner.refusal("a comma or the closing ] must come here")
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
            raise scanner.refusal("the name of a field, of letters, digits and _, must come here")
        if (
            name != field
        ):  # AWS refuses it, though its guide once had an example: awsdocs/amazon-cloudwatch-logs-user-guide#21
            raise scanner.refusal(f"conditions of {name} must stand at its own place, not at that of {field}", start)
        comparison = take_comparison(scanner)
        if comparison is None:
            raise scanner.refusal("an operator must come here (=, !=, <, <=, >, >=)")
        return FieldCompares(comparison)
