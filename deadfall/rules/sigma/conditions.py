"""Convert pySigma's tree of one rule to conditions.

pySigma's types are dispatched by their exact class: a subclass has another meaning than its base, such as
SigmaTimestampPart, which is a SigmaNumber. A class that is unknown here is rejected.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from sigma import conditions, types
from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetections

from deadfall.patterns.condition import (
    ANY,
    ONE,
    And,
    Boolean,
    Cidr,
    Condition,
    Exists,
    Keyword,
    Leaf,
    Not,
    Null,
    Number,
    Or,
    Part,
    Regex,
    SameAs,
    Test,
    Text,
)

from .modifiers import problems
from .record_fields import FIELDS
from .rule_error import RuleError
from .time_parts import TimePartError, time_part
from .value_types import problem

Placeholders = Mapping[str, Sequence[str]]

_PLACEHOLDER = re.compile(r"%(\w+)%")
_COMPARISONS: Mapping[types.CompareOperators, Literal["<", "<=", ">", ">="]] = {
    types.CompareOperators.LT: "<",
    types.CompareOperators.LTE: "<=",
    types.CompareOperators.GT: ">",
    types.CompareOperators.GTE: ">=",
}


class ConditionReader:
    """Converts the detections of one rule; `name` is the rule's name, for error messages."""

    def __init__(self, name: str, placeholders: Placeholders) -> None:
        self.name = name
        self._placeholders = placeholders

    def networks_listed(self, detection: Any) -> Any:
        """Replace `|cidr|expand` with the placeholder's networks: pySigma validates networks before expansion."""
        if isinstance(detection, list):
            return [self.networks_listed(each) for each in detection]
        if not isinstance(detection, dict):
            return detection
        listed: dict[Any, Any] = {}
        for key, value in (self._network_listed(key, value) for key, value in detection.items()):
            if key in listed:
                raise RuleError(f"{self.name}: {key} occurs twice in one selection; combine the values in one list")
            listed[key] = value
        return listed

    def _network_listed(self, key: Any, value: Any) -> tuple[Any, Any]:
        field, *modifiers = str(key).split("|")
        if sorted(modifiers) != ["cidr", "expand"]:
            return key, self.networks_listed(value)
        given = [str(each) for each in value] if isinstance(value, list) else [str(value)]
        networks = [network for each in given for network in self._networks(each)]
        # Without networks, keep the placeholder: pySigma treats an empty list as null.
        return (f"{field}|cidr", networks) if networks else (f"{field}|expand", value)

    def _networks(self, written: str) -> Sequence[str]:
        found = _PLACEHOLDER.fullmatch(written)
        return self._of_placeholder(found[1]) if found else [written]

    def condition(self, detections: Sequence[SigmaDetections]) -> Condition:
        """Return the disjunction of all conditions of all detections."""
        for each in detections:
            for detection in each.detections.values():
                for found in problems(detection):
                    raise RuleError(f"{self.name}: {found}")
        try:
            parsed = [self._condition(one.parsed) for each in detections for one in each.parsed_condition]
        except SigmaError as error:
            raise RuleError(f"{self.name}: its condition is invalid: {' '.join(str(error).split())}") from None
        return parsed[0] if len(parsed) == 1 else Or(tuple(parsed))

    def _condition(self, node: Any) -> Condition:
        kind = type(node)
        if kind is conditions.ConditionAND:
            return And(tuple(self._condition(arg) for arg in node.args))
        if kind is conditions.ConditionOR:
            return Or(tuple(self._condition(arg) for arg in node.args))
        if kind is conditions.ConditionNOT:
            return Not(self._condition(node.args[0]))
        if kind is conditions.ConditionFieldEqualsValueExpression:
            return self._field(node.field, node.value)
        if kind is conditions.ConditionValueExpression:
            return self._keyword(node.value)
        raise RuleError(f"{self.name}: {kind.__name__} in its condition can't be compiled; rewrite it without")

    def _field(self, field: str, value: Any) -> Condition:
        convert = _FIELD_VALUES.get(type(value))
        if convert is None:
            raise RuleError(f"{self.name}: the value of {field} can't be compiled ({type(value).__name__}); replace it")
        if FIELDS.get(field) == "object" and type(value) not in _TESTS_OF_OBJECTS:
            raise RuleError(f"{self.name}: {field} is an object, not text; use a field in it, or |contains")
        return convert(self, field, value)

    def _keyword(self, value: Any) -> Condition:
        match type(value):
            case types.SigmaString | types.SigmaCasedString:
                return self._texts(value, Keyword)
            case types.SigmaExpansion:
                return Or(tuple(self._keyword(each) for each in value.values))
            case types.SigmaNumber:
                raise RuleError(f"{self.name}: {problem(None, value.number, str(value))}")
            case types.SigmaBool:
                raise RuleError(f"{self.name}: {problem(None, value.boolean, str(value).lower())}")
            case types.SigmaNull:
                raise RuleError(
                    f"{self.name}: a selection, or a keyword in it, is empty; write a field or a text, or remove it"
                )
        raise RuleError(f"{self.name}: a keyword must be text ({type(value).__name__}); put it in quotes")

    def _expansion(self, field: str, value: types.SigmaExpansion) -> Condition:
        return Or(tuple(self._field(field, each) for each in value.values))

    def _text(self, field: str, value: types.SigmaString) -> Condition:
        if FIELDS.get(field) != "object":
            return self._texts(value, lambda text: Test(field, text))
        anything = types.SpecialChars.WILDCARD_MULTI
        if value.s and value.s[0] == anything == value.s[-1]:
            return self._texts(value, lambda text: Keyword(text, field))
        raise RuleError(f"{self.name}: {field} is an object, not text; use a field in it, or |contains")

    def _boolean(self, field: str, value: types.SigmaBool) -> Condition:
        self._check_type(field, value.boolean, str(value).lower())
        return Test(field, Boolean(value.boolean))

    def _number(self, field: str, value: types.SigmaNumber) -> Condition:
        self._check_type(field, value.number, str(value))
        return Test(field, Number(value.number))

    def _comparison(self, field: str, value: types.SigmaCompareExpression) -> Condition:
        number = value.number
        if type(number) is types.SigmaTimestampPart:
            return self._time_part(field, number, value.op)
        if type(number) is not types.SigmaNumber or value.op not in _COMPARISONS:
            raise RuleError(f"{self.name}: the comparison of {field} can't be compiled; use |lt, |lte, |gt or |gte")
        self._check_type(field, number.number, str(number))
        return Test(field, Number(number.number, _COMPARISONS[value.op]))

    def _time_part(
        self, field: str, value: types.SigmaTimestampPart, op: types.CompareOperators | None = None
    ) -> Condition:
        try:
            return time_part(field, value.timestamp_part, int(value.number), op)
        except TimePartError as error:
            raise RuleError(f"{self.name}: {error}") from None

    def _null(self, field: str, _: types.SigmaNull) -> Condition:
        return Null(field)

    def _exists(self, field: str, value: types.SigmaExists) -> Condition:
        return Exists(field, value.exists)

    def _network(self, field: str, value: types.SigmaCIDRExpression) -> Condition:
        return Test(field, Cidr(str(value.cidr)))

    def _same(self, field: str, value: types.SigmaFieldReference) -> Condition:
        if value.starts_with or value.ends_with:
            raise RuleError(f"{self.name}: {field}|fieldref can only compare whole values; remove the other modifier")
        return SameAs(field, value.field)

    def _regex(self, field: str, value: types.SigmaRegularExpression) -> Condition:
        flags = {flag.name for flag in value.flags}
        if flags - {"IGNORECASE"}:
            raise RuleError(f"{self.name}: |re supports only the flag i")
        if value.regexp.contains_placeholder():
            raise RuleError(f"{self.name}: |re doesn't support placeholders; use |contains|expand or a literal")
        pattern = value.regexp.to_plain(regex=True)
        try:
            re.compile(pattern, re.ASCII)
        except (re.error, RecursionError, OverflowError) as error:  # pySigma compiles with RE2
            raise RuleError(f"{self.name}: the regular expression of {field} is invalid: {error}; correct it") from None
        return Test(field, Regex(pattern, "IGNORECASE" in flags))

    def _check_type(self, field: str, value: bool | float, written: str) -> None:
        if found := problem(field, value, written):
            raise RuleError(f"{self.name}: {found}")

    def _texts(self, value: types.SigmaString, to: Callable[[Text], Leaf]) -> Condition:
        """Return one test, or for a placeholder one for each of its values."""
        cased = type(value) is types.SigmaCasedString
        letters = [each for each in str(value) if not each.isascii() and each.lower() != each.upper()]
        if letters and not cased:
            raise RuleError(f"{self.name}: engines disagree on case folding of '{letters[0]}'; add |cased to the field")
        found = [to(Text(parts, cased)) for parts in self._expanded(value.s)]
        return found[0] if len(found) == 1 else Or(tuple(found))

    def _expanded(self, pieces: Sequence[Any]) -> list[tuple[Part, ...]]:
        alternatives: list[tuple[Part, ...]] = [()]
        for piece in pieces:
            if type(piece) is str:
                new = [(Part(piece),)]
            elif piece is types.SpecialChars.WILDCARD_MULTI:
                new = [(Part(wildcard=ANY),)]
            elif piece is types.SpecialChars.WILDCARD_SINGLE:
                new = [(Part(wildcard=ONE),)]
            elif type(piece) is types.Placeholder:
                new = [(Part(text),) for text in self._of_placeholder(piece.name)]
            else:
                raise RuleError(f"{self.name}: {piece!r} in a value can't be compiled; replace it")
            alternatives = [(*before, *after) for before in alternatives for after in new]
        return alternatives

    def _of_placeholder(self, name: str) -> Sequence[str]:
        if not self._placeholders:
            raise RuleError(f"{self.name}: %{name}% only has a value in a stack; use `deadfall rules compile --stack`")
        if name not in self._placeholders:
            known = ", ".join(sorted(self._placeholders)) or "none"
            raise RuleError(f"{self.name}: unknown placeholder %{name}%; available: {known}")
        return self._placeholders[name]


_FIELD_VALUES: Mapping[type, Callable[[ConditionReader, str, Any], Condition]] = {
    types.SigmaExpansion: ConditionReader._expansion,
    types.SigmaString: ConditionReader._text,
    types.SigmaCasedString: ConditionReader._text,
    types.SigmaBool: ConditionReader._boolean,
    types.SigmaNumber: ConditionReader._number,
    types.SigmaTimestampPart: ConditionReader._time_part,
    types.SigmaCompareExpression: ConditionReader._comparison,
    types.SigmaNull: ConditionReader._null,
    types.SigmaExists: ConditionReader._exists,
    types.SigmaCIDRExpression: ConditionReader._network,
    types.SigmaRegularExpression: ConditionReader._regex,
    types.SigmaFieldReference: ConditionReader._same,
}
_TESTS_OF_OBJECTS = {
    types.SigmaString,
    types.SigmaCasedString,
    types.SigmaExpansion,
    types.SigmaNull,
    types.SigmaExists,
}
