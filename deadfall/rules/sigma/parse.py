"""Parse Sigma rules with pySigma and convert them to conditions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from sigma import conditions, types
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError, SigmaRuleNotFoundError
from sigma.rule import SigmaRule
from sigma.rule.base import SigmaYAMLLoader

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

from .correlation import UncountableError, count_of
from .record_fields import FIELDS
from .rule import Cis, ResponseSpec, Rule, Service
from .selections import unused_selections

_OWN_KEYS = {"deadfall", "cis"}
_SERVICES: tuple[Service, ...] = ("cloudtrail", "guardduty")
_PLACEHOLDER = re.compile(r"%(\w+)%")
_COMPARISONS: dict[str, Literal["<", "<=", ">", ">="]] = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}

Placeholders = Mapping[str, Sequence[str]]
_Block = TypeVar("_Block", bound=BaseModel)


class RuleError(Exception):
    """An invalid rule; the message is one sentence that names the rule and the remedy."""


def parse_file(file: Path, placeholders: Placeholders | None = None) -> list[Rule]:
    """Return the rules in a Sigma YAML file.

    Raises:
        RuleError: the file can't be read, or isn't a supported Sigma rule on CloudTrail records or GuardDuty findings.
    """
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{file}: can't be read: {error}") from None
    return parse(text, file.stem, placeholders)


def parse(text: str, name: str, placeholders: Placeholders | None = None) -> list[Rule]:
    """Return the rules in Sigma YAML; `name` is used in error messages.

    A correlation is one rule, whose events match any of the rules that it names. Those are separate rules only if it
    has `generate: true` (Sigma correlation rules specification, "generate").

    Args:
        placeholders: the values of `%name%` in `|expand`; several values are alternatives.

    Raises:
        RuleError: the text isn't a supported Sigma rule on CloudTrail records or GuardDuty findings.
    """
    reading = _Reading(name, placeholders or {})
    try:
        collection = _collection(text, reading)
        for rule in collection.rules:
            if isinstance(rule, SigmaCorrelationRule) and not rule.rules:
                raise RuleError(f"{name}: correlation.rules is empty; add the names of rules in this file")
        rules = [_rule(rule, reading) for rule in collection.get_output_rules()]
    except RecursionError:
        raise RuleError(
            f"{name}: is nested too deeply or refers to itself with a YAML alias; reduce the nesting"
        ) from None
    if not rules:
        raise RuleError(f"{name}: contains no rule; add one, or remove the file")
    return rules


def from_pysigma(rule: SigmaRule | SigmaCorrelationRule, name: str, placeholders: Placeholders | None = None) -> Rule:
    """Convert a rule parsed by pySigma, with the rules that it correlates.

    Raises:
        RuleError: it isn't a supported rule on CloudTrail records or GuardDuty findings.
    """
    return _rule(rule, _Reading(name, placeholders or {}))


def _collection(text: str, reading: "_Reading") -> SigmaCollection:
    name = reading.name
    try:
        documents = [
            each for each in yaml.load_all(text, SigmaYAMLLoader) if each is not None
        ]  # a safe loader that rejects duplicate keys
    except (yaml.YAMLError, ValueError, TypeError) as error:  # the latter two: invalid dates and keys
        raise RuleError(f"{name}: is not YAML: {' '.join(str(error).split())}") from None
    if not all(isinstance(document, dict) for document in documents):
        raise RuleError(f"{name}: is not a Sigma rule: it has no keys; start with title:")
    for document in documents:
        if isinstance(document.get("detection"), dict):
            document["detection"] = reading.networks_listed(document["detection"])
    try:
        return SigmaCollection.from_dicts(documents)
    except SigmaRuleNotFoundError as error:
        raise RuleError(f"{name}: correlation.rules: {error}; use the name or id of a rule in this file") from None
    except SigmaError as error:
        raise RuleError(f"{name}: is not a Sigma rule: {error}") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # pySigma's errors for values of the wrong type
        raise RuleError(f"{name}: is not a Sigma rule: a value has the wrong type: {error}") from None


def _rule(rule: Any, reading: "_Reading") -> Rule:
    name, correlates = reading.name, isinstance(rule, SigmaCorrelationRule)
    base_rules = list(_base_rules(rule, name)) if correlates else [rule]
    service = _service(base_rules, name)
    if unknown := rule.custom_attributes.keys() - _OWN_KEYS - _SIGMAS_OWN - ({"correlation"} if correlates else set()):
        raise RuleError(f"{name}: '{min(unknown)}' is not a key of a rule; remove it, or put it under `deadfall:`")
    if rule.id is None:
        raise RuleError(f"{name}: has no id; add a UUID")
    if rule.level is None:
        raise RuleError(f"{name}: has no level; add one of informational, low, medium, high, critical")
    try:
        count = count_of(rule) if correlates else None
    except UncountableError as error:
        raise RuleError(f"{name}: {error}") from None
    custom = _block(name, "deadfall", ResponseSpec, rule.custom_attributes.get("deadfall", {}))
    return Rule(
        name=name,
        id=str(rule.id),
        title=rule.title,
        level=custom.level or str(rule.level.name).lower(),  # type: ignore[arg-type] pySigma's levels are ours
        condition=reading.alternatives(base_rules),
        custom=custom,
        service=service,
        count=count,
        cis=_block(name, "cis", Cis, rule.custom_attributes["cis"]) if "cis" in rule.custom_attributes else None,
        description=(rule.description or "").strip(),
        tags=tuple(str(tag) for tag in rule.tags),
        false_positives=tuple(rule.falsepositives),
        unused_selections=tuple(name for each in base_rules for name in unused_selections(each)),
    )


def _base_rules(correlation: SigmaCorrelationRule, name: str) -> Iterator[SigmaRule]:
    for reference in correlation.referenced_rules:
        rule = reference.rule
        if not isinstance(rule, SigmaRule):
            raise RuleError(
                f"{name}: correlation.rules: '{reference.reference}' is itself a correlation; use rules on events"
            )
        if not correlation.generate and (misplaced := rule.custom_attributes.keys() - _SIGMAS_OWN):
            raise RuleError(
                f"{name}: '{min(misplaced)}' is in the rule '{reference.reference}', which is only part of the "
                "correlation; move it to the correlation's document"
            )
        yield rule


def _service(rules: Sequence[SigmaRule], name: str) -> Service:
    asked = {(rule.logsource.product, rule.logsource.service) for rule in rules}
    for service in _SERVICES:
        if asked == {("aws", service)}:
            return service
    if asked <= {("aws", service) for service in _SERVICES}:
        raise RuleError(f"{name}: correlation.rules mixes CloudTrail and GuardDuty; use rules on one of them")
    raise RuleError(
        f"{name}: is not about CloudTrail or GuardDuty; its logsource must be product: aws, "
        f"service: {' or '.join(_SERVICES)}"
    )


# Keys in SigmaHQ's rules that pySigma doesn't know.
_SIGMAS_OWN = {"regression_tests_path", "simulation"}


def _block(name: str, key: str, model: type[_Block], block: Any) -> _Block:
    try:
        return model.model_validate(block)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join([key, *map(str, first["loc"])])
        if first["type"] == "extra_forbidden":
            raise RuleError(f"{name}: {path} is not a key of Deadfall; correct or remove it") from None
        raise RuleError(f"{name}: {path}: {first['msg'][0].lower()}{first['msg'][1:]}") from None


class _Reading:
    """Converts pySigma's tree of one rule to conditions."""

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

    def alternatives(self, rules: Sequence[SigmaRule]) -> Condition:
        """Return the disjunction of all conditions of all rules."""
        try:
            parsed = [self._condition(each.parsed) for rule in rules for each in rule.detection.parsed_condition]
        except SigmaError as error:
            raise RuleError(f"{self.name}: its condition is invalid: {error}") from None
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
        raise RuleError(f"{self.name}: {type(node).__name__} in its condition can't be compiled")

    def _field(self, field: str, value: Any) -> Condition:
        if FIELDS.get(field) == "object" and not isinstance(
            value, types.SigmaNull | types.SigmaExists | types.SigmaExpansion
        ):
            return self._in_object(field, value)
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
        raise RuleError(f"{self.name}: the value of {field} can't be compiled ({type(value).__name__})")

    def _regex(self, value: types.SigmaRegularExpression) -> Regex:
        flags = {flag.name for flag in value.flags}
        if flags - {"IGNORECASE"}:
            raise RuleError(f"{self.name}: |re supports only the flag i")
        if value.regexp.contains_placeholder():
            raise RuleError(f"{self.name}: |re doesn't support placeholders; use |contains|expand or a literal")
        return Regex(value.regexp.original, "IGNORECASE" in flags)

    def _keyword(self, value: Any) -> Condition:
        if isinstance(value, types.SigmaString):
            cased = isinstance(value, types.SigmaCasedString)
            return self._texts(value, cased=cased, to=Keyword)
        if isinstance(value, types.SigmaNumber):
            return Keyword(Text.literal(str(value.number)))
        raise RuleError(f"{self.name}: a keyword must be text ({type(value).__name__})")

    def _in_object(self, field: str, value: Any) -> Condition:
        anything = types.SpecialChars.WILDCARD_MULTI
        if isinstance(value, types.SigmaString) and value.s and value.s[0] == anything == value.s[-1]:
            cased = isinstance(value, types.SigmaCasedString)
            return self._texts(value, cased=cased, to=lambda text: Keyword(text, field))
        raise RuleError(f"{self.name}: {field} is an object, not text; use a field in it, or |contains")

    def _texts(self, value: types.SigmaString, *, cased: bool, to: Any) -> Condition:
        """Return one test, or for a placeholder one for each of its values."""
        letters = [each for each in str(value) if not each.isascii() and each.lower() != each.upper()]
        if letters and not cased:
            raise RuleError(f"{self.name}: engines disagree on case folding of '{letters[0]}'; add |cased to the field")
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
                    raise RuleError(f"{self.name}: {piece!r} in a value can't be compiled")
            alternatives = [(*before, *after) for before in alternatives for after in new]
        return alternatives

    def _of_placeholder(self, name: str) -> Sequence[str]:
        if not self._placeholders:
            raise RuleError(f"{self.name}: %{name}% only has a value in a stack; use `deadfall rules compile --stack`")
        if name not in self._placeholders:
            known = ", ".join(sorted(self._placeholders)) or "none"
            raise RuleError(f"{self.name}: unknown placeholder %{name}%; available: {known}")
        return self._placeholders[name]
