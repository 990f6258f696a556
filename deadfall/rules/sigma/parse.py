"""Reads Sigma rules: pySigma parses them, here they become conditions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from sigma import conditions, types
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from .condition import (
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
from .record_fields import FIELDS
from .rule import Cis, Custom, Rule

_OWN_KEYS = {"deadfall", "cis"}
_COMPARISONS: dict[str, Literal["<", "<=", ">", ">="]] = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}

Placeholders = Mapping[str, Sequence[str]]
_Block = TypeVar("_Block", bound=BaseModel)


class RuleError(Exception):
    """A rule that can't be used; the text is one sentence that names it and says what to change."""


def parse_file(file: Path, placeholders: Placeholders | None = None) -> list[Rule]:
    """The rules in a file of Sigma YAML.

    Raises:
        RuleError: the file can't be read, or is no Sigma rule on CloudTrail records that we understand.
    """
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{file}: can't be read: {error}") from None
    return parse(text, file.stem, placeholders)


def parse(text: str, name: str, placeholders: Placeholders | None = None) -> list[Rule]:
    """The rules in a text of Sigma YAML; `name` is for those who are to be told of errors.

    Args:
        placeholders: the values of `%name%` in `|expand`; each stands for a list of alternatives.

    Raises:
        RuleError: it is no Sigma rule on CloudTrail records that we understand.
    """
    try:
        found = SigmaCollection.from_yaml(text).rules
    except yaml.YAMLError as error:
        raise RuleError(f"{name}: is not YAML: {' '.join(str(error).split())}") from None
    except SigmaError as error:
        raise RuleError(f"{name}: is not a Sigma rule: {error}") from None
    return [_rule(rule, name, placeholders or {}) for rule in found]


def _rule(rule: Any, name: str, placeholders: Placeholders) -> Rule:
    if not isinstance(rule, SigmaRule):
        raise RuleError(f"{name}: is a {type(rule).__name__}, and only rules on single events can be compiled yet")
    if (rule.logsource.product, rule.logsource.service) != ("aws", "cloudtrail"):
        raise RuleError(f"{name}: is not about CloudTrail; its logsource must be product: aws, service: cloudtrail")
    if unknown := rule.custom_attributes.keys() - _OWN_KEYS - _SIGMAS_OWN:
        raise RuleError(f"{name}: '{min(unknown)}' is no key of a rule; remove it, or put it under `deadfall:`")
    if rule.id is None:
        raise RuleError(f"{name}: has no id; give it a UUID")
    if rule.level is None:
        raise RuleError(f"{name}: has no level; give it one of informational, low, medium, high, critical")
    reading = _Reading(name, placeholders)
    custom = _block(name, "deadfall", Custom, rule.custom_attributes.get("deadfall", {}))
    return Rule(
        name=name,
        id=str(rule.id),
        title=rule.title,
        level=custom.level or str(rule.level.name).lower(),  # type: ignore[arg-type] pySigma's levels are ours
        condition=reading.alternatives(rule),
        custom=custom,
        cis=_block(name, "cis", Cis, rule.custom_attributes["cis"]) if "cis" in rule.custom_attributes else None,
        description=(rule.description or "").strip(),
        tags=tuple(str(tag) for tag in rule.tags),
        false_positives=tuple(rule.falsepositives),
    )


# What rules of SigmaHQ carry beside what pySigma knows.
_SIGMAS_OWN = {"regression_tests_path", "simulation"}


def _block(name: str, key: str, model: type[_Block], block: Any) -> _Block:
    try:
        return model.model_validate(block)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join([key, *map(str, first["loc"])])
        if first["type"] == "extra_forbidden":
            raise RuleError(f"{name}: {path} is no key of Deadfall; correct or remove it") from None
        raise RuleError(f"{name}: {path}: {first['msg'][0].lower()}{first['msg'][1:]}") from None


class _Reading:
    """Turns pySigma's tree of one rule into ours."""

    def __init__(self, name: str, placeholders: Placeholders) -> None:
        self._name = name
        self._placeholders = placeholders

    def alternatives(self, rule: SigmaRule) -> Condition:
        """A rule may have several conditions; each is enough."""
        try:
            parsed = [self._condition(condition.parsed) for condition in rule.detection.parsed_condition]
        except SigmaError as error:
            raise RuleError(f"{self._name}: its condition can't be read: {error}") from None
        return parsed[0] if len(parsed) == 1 else Or(tuple(parsed))

    def _condition(self, node: Any) -> Condition:
        match node:
            case conditions.ConditionAND():
                return And(tuple(self._condition(arg) for arg in node.args))
            case conditions.ConditionOR():
                return Or(tuple(self._condition(arg) for arg in node.args))
            case conditions.ConditionNOT():
                return Not(self._condition(node.args[0]))
            case conditions.ConditionFieldEqualsValueExpression():
                return self._field(node.field, node.value)
            case conditions.ConditionValueExpression():
                return self._keyword(node.value)
        raise RuleError(f"{self._name}: {type(node).__name__} in its condition can't be compiled")

    def _field(self, field: str, value: Any) -> Condition:
        if FIELDS.get(field) == "object" and not isinstance(
            value, types.SigmaNull | types.SigmaExists | types.SigmaExpansion
        ):
            raise RuleError(f"{self._name}: {field} is an object, which has no text; ask for a field in it")
        match value:
            case types.SigmaExpansion():
                return Or(tuple(self._field(field, each) for each in value.values))
            case types.SigmaCasedString():
                return self._texts(value, cased=True, to=lambda text: Test(field, text))
            case types.SigmaString():
                return self._texts(value, cased=False, to=lambda text: Test(field, text))
            case types.SigmaBool():
                return Test(field, Boolean(value.boolean))
            case types.SigmaCompareExpression():
                return Test(field, Number(value.number.number, _COMPARISONS[value.op.name]))
            case types.SigmaNumber():
                return Test(field, Number(value.number))
            case types.SigmaNull():
                return Null(field)
            case types.SigmaExists():
                return Exists(field, value.exists)
            case types.SigmaCIDRExpression():
                return Test(field, Cidr(str(value.cidr)))
            case types.SigmaRegularExpression():
                return Test(field, self._regex(value))
            case types.SigmaFieldReference() if not (value.starts_with or value.ends_with):
                return SameAs(field, value.field)
        raise RuleError(f"{self._name}: the value of {field} can't be compiled ({type(value).__name__})")

    def _regex(self, value: types.SigmaRegularExpression) -> Regex:
        flags = {flag.name for flag in value.flags}
        if flags - {"IGNORECASE"}:
            raise RuleError(f"{self._name}: |re takes no flag but i")
        return Regex(value.regexp.original, "IGNORECASE" in flags)

    def _keyword(self, value: Any) -> Condition:
        if isinstance(value, types.SigmaString):
            cased = isinstance(value, types.SigmaCasedString)
            return self._texts(value, cased=cased, to=Keyword)
        if isinstance(value, types.SigmaNumber):
            return Keyword(Text.literal(str(value.number)))
        raise RuleError(f"{self._name}: a keyword must be text ({type(value).__name__})")

    def _texts(self, value: types.SigmaString, *, cased: bool, to: Any) -> Condition:
        """One test, or with a placeholder one for each of its values."""
        letters = [each for each in str(value) if not each.isascii() and each.lower() != each.upper()]
        if letters and not cased:
            raise RuleError(
                f"{self._name}: of '{letters[0]}' engines differ in what its case is; add |cased to the field"
            )
        found: list[Leaf] = [to(Text(parts, cased)) for parts in self._expanded(value.s)]
        return found[0] if len(found) == 1 else Or(tuple(found))

    def _expanded(self, pieces: Sequence[Any]) -> list[tuple[Part, ...]]:
        alternatives: list[tuple[Part, ...]] = [()]
        for piece in pieces:
            match piece:
                case str():
                    new = [(Part(piece),)]
                case types.SpecialChars.WILDCARD_MULTI:
                    new = [(Part(wildcard=ANY),)]
                case types.SpecialChars.WILDCARD_SINGLE:
                    new = [(Part(wildcard=ONE),)]
                case types.Placeholder():
                    new = [(Part(text),) for text in self._of_placeholder(piece.name)]
                case _:
                    raise RuleError(f"{self._name}: {piece!r} in a value can't be compiled")
            alternatives = [(*before, *after) for before in alternatives for after in new]
        return alternatives

    def _of_placeholder(self, name: str) -> Sequence[str]:
        if name not in self._placeholders:
            known = ", ".join(sorted(self._placeholders)) or "none"
            raise RuleError(f"{self._name}: %{name}% has no value; known are: {known}")
        return self._placeholders[name]
