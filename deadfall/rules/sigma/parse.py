"""Parse Sigma rules with pySigma.

Third-party rules depart from Sigma's specification in ways that don't change their meaning, such as an id that is not a
UUID. Parsing accepts those and lists them in `Rule.departures`; the catalogue rejects a rule with departures.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from sigma import exceptions
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError, SigmaRuleNotFoundError
from sigma.rule import SigmaDetections, SigmaRule
from sigma.rule.detection import EmptySigmaDetections
from sigma.rule.logsource import EmptyLogSource

from deadfall.printable import printable
from deadfall.yaml_reader import NestingError

from .aggregation import aggregation_of
from .conditions import ConditionReader, Placeholders
from .correlation import UncountableError, count_of
from .log_source import LogSource, log_source
from .metadata import OTHER_TAGS, as_text, as_texts, with_text_metadata
from .rule import Cis, Count, ResponseSpec, Rule, Service
from .rule_error import RuleError
from .selections import unused_selections
from .separate import separate
from .value_types import written_problems
from .yaml_scalars import load, plain

__all__ = ["Placeholders", "RuleError", "from_pysigma", "parse", "parse_each", "parse_each_in_file", "parse_file"]

_OWN_KEYS = {"deadfall", "cis"}
# Keys in SigmaHQ's rules that pySigma doesn't know.
_SIGMAS_OWN = {"regression_tests_path", "simulation"}
_DEFAULT_LEVEL = "medium"
_LONGEST_LINE = 500

_Block = TypeVar("_Block", bound=BaseModel)

# pySigma's errors in keys that Deadfall doesn't use.
_UNUSED_KEYS = (
    exceptions.SigmaIdentifierError,
    exceptions.SigmaStatusError,
    exceptions.SigmaDateError,
    exceptions.SigmaModifiedError,
    exceptions.SigmaRelatedError,
    exceptions.SigmaTaxonomyError,
    exceptions.SigmaScopeError,
)


def parse_file(file: Path, placeholders: Placeholders | None = None) -> list[Rule]:
    """Return the rules in a Sigma YAML file.

    Raises:
        RuleError: the file can't be read, or isn't a supported Sigma rule on CloudTrail records or GuardDuty findings.
    """
    return parse(_text(file), file.stem, placeholders)


def parse_each_in_file(file: Path, placeholders: Placeholders | None = None) -> list[Rule | RuleError]:
    """Return the rules in a Sigma YAML file, and an error in place of each that is invalid."""
    try:
        text = _text(file)
    except RuleError as error:
        return [error]
    return parse_each(text, file.stem, placeholders)


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{file}: can't be read: {error}") from None


def parse(text: str, name: str, placeholders: Placeholders | None = None) -> list[Rule]:
    """Return the rules in Sigma YAML; `name` is used in error messages.

    A correlation is one rule, whose events match any of the rules that it names. Those are separate rules only if it
    has `generate: true` (Sigma correlation rules specification, "generate").

    Args:
        placeholders: the values of `%name%` in `|expand`; several values are alternatives.

    Raises:
        RuleError: the text isn't a supported Sigma rule on CloudTrail records or GuardDuty findings.
    """
    return _rules(lambda: _documents(text, name), ConditionReader(name, placeholders or {}))


def parse_each(text: str, name: str, placeholders: Placeholders | None = None) -> list[Rule | RuleError]:
    """Return the rules in Sigma YAML, and an error in place of each that is invalid: it doesn't affect the others."""
    try:
        return list(parse(text, name, placeholders))
    except RuleError as error:
        whole = error
    reader = ConditionReader(name, placeholders or {})
    try:
        parts = separate(_documents(text, name))
    except (RuleError, RecursionError):
        return [whole]
    if len(parts) < 2:
        return [whole]
    found: list[Rule | RuleError] = []
    for part in parts:
        try:
            found.append(_rules(lambda documents=part.documents: documents, reader)[-1])
        except RuleError as error:
            found.append(RuleError(f"{name}: document {part.number}: {str(error).removeprefix(f'{name}: ')}"))
    return found


def _rules(documents: Callable[[], list[Any]], reader: ConditionReader) -> list[Rule]:
    name = reader.name
    try:
        collection = _collection(documents(), reader)
        for rule in collection.rules:
            if isinstance(rule, SigmaCorrelationRule) and not rule.rules:
                raise RuleError(f"{name}: correlation.rules is empty; add the names of rules in this file")
        rules = [_rule(rule, reader) for rule in collection.get_output_rules()]
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
    return _rule(rule, ConditionReader(name, placeholders or {}))


def _documents(text: str, name: str) -> list[Any]:
    try:
        return load(text)
    except NestingError as error:
        raise RuleError(f"{name}: {error}") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:  # the latter two: invalid dates, numbers and keys
        raise RuleError(f"{name}: is not YAML: {_line(error)}") from None


def _collection(documents: list[Any], reader: ConditionReader) -> SigmaCollection:
    name = reader.name
    if not all(isinstance(document, dict) for document in documents):
        raise RuleError(f"{name}: is not a Sigma rule: it has no keys; start with title:")
    for found in (found for document in documents for found in written_problems(document.get("detection"))):
        raise RuleError(f"{name}: {found}")
    documents = [plain(with_text_metadata(document)) for document in documents]
    for document in documents:
        if isinstance(document.get("detection"), dict):
            document["detection"] = reader.networks_listed(document["detection"])
    try:
        collection = SigmaCollection.from_dicts(documents, collect_errors=True)
    except SigmaRuleNotFoundError as error:
        raise RuleError(
            f"{name}: correlation.rules: {_line(error)}; use the name or id of a rule in this file"
        ) from None
    except SigmaError as error:
        raise RuleError(f"{name}: is not a Sigma rule: {_line(error)}") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # pySigma's errors for values of the wrong type
        raise RuleError(f"{name}: is not a Sigma rule: a value has the wrong type: {_line(error)}") from None
    for rule in collection.rules:
        _check_errors(rule, name)
    for error in collection.errors:
        if not isinstance(error, _UNUSED_KEYS):
            raise RuleError(f"{name}: is not a Sigma rule: {_line(error)}")
    return collection


def _check_errors(rule: Any, name: str) -> None:
    """Reject a rule for errors that pySigma collected, other than those in keys that Deadfall doesn't use."""
    for error in rule.errors:
        if not isinstance(error, _UNUSED_KEYS):
            raise RuleError(f"{name}: is not a Sigma rule: {_line(error)}")
    if isinstance(rule, SigmaRule) and isinstance(rule.detection, EmptySigmaDetections):
        raise RuleError(f"{name}: is not a Sigma rule: {_line(rule.errors[-1])}")
    if isinstance(rule, SigmaRule) and isinstance(rule.logsource, EmptyLogSource):
        raise RuleError(f"{name}: is not a Sigma rule: {_line(rule.errors[-1])}")


def _rule(rule: Any, reader: ConditionReader) -> Rule:
    name, correlates = reader.name, isinstance(rule, SigmaCorrelationRule)
    base_rules = list(_base_rules(rule, name)) if correlates else [rule]
    departures = list(_departures([rule, *base_rules] if correlates else [rule], correlates=correlates))
    detections, count = _detections(base_rules, name, departures)
    condition = reader.condition(detections)
    service = _service([log_source(each.logsource, condition) for each in base_rules], name, departures)
    if correlates and count:
        raise RuleError(f"{name}: a rule that correlation.rules names counts itself; remove its `| count()`")
    try:
        count = count_of(rule) if correlates else count
    except UncountableError as error:
        raise RuleError(f"{name}: {error}") from None
    custom = _block(name, "deadfall", ResponseSpec, rule.custom_attributes.get("deadfall", {}))
    level = custom.level or (rule.level.name.lower() if rule.level else _DEFAULT_LEVEL)
    return Rule(
        name=name,
        id=as_text(rule.id),
        title=as_text(rule.title),
        level=level,  # type: ignore[arg-type] pySigma's levels are ours
        condition=condition,
        custom=custom,
        service=service,
        count=count,
        cis=_block(name, "cis", Cis, rule.custom_attributes["cis"]) if "cis" in rule.custom_attributes else None,
        description=as_text(rule.description).strip(),
        tags=tuple(str(tag) for tag in rule.tags),
        false_positives=tuple(as_texts(rule.falsepositives)),
        departures=tuple(dict.fromkeys(map(_line, departures))),
        unused_selections=tuple(name for each in detections for name in unused_selections(each)),
    )


def _departures(rules: Sequence[Any], *, correlates: bool) -> Iterator[str]:
    """Return what departs from Sigma's specification in a rule, followed by the rules that it correlates."""
    if rules[0].id is None:
        yield "has no id; add a UUID"
    if rules[0].level is None:
        yield f"has no level and is used as {_DEFAULT_LEVEL}; add one of informational, low, medium, high, critical"
    for rule in rules:
        for error in rule.errors:
            if isinstance(error, exceptions.SigmaIdentifierError):
                yield f"its id '{as_text(rule.id)}' is not a UUID; replace it"
            else:
                yield f"{str(error)[:1].lower()}{str(error)[1:]}; correct it"
        for tag in rule.custom_attributes.get(OTHER_TAGS, ()):
            yield f"its tag '{tag}' has no namespace and is ignored; write it as namespace.name"
        known = _OWN_KEYS | _SIGMAS_OWN | {OTHER_TAGS} | ({"correlation"} if correlates else set())
        for key in sorted(map(str, rule.custom_attributes.keys() - known)):
            yield f"'{key}' is not a key of a rule and is ignored; remove it, or put it under `deadfall:`"


def _detections(
    rules: Sequence[SigmaRule], name: str, departures: list[str]
) -> tuple[list[SigmaDetections], Count | None]:
    """Return the detections of rules without counting conditions, and the count, if any."""
    detections, count = [], None
    for rule in rules:
        try:
            aggregation = aggregation_of(rule.detection)
        except UncountableError as error:
            raise RuleError(f"{name}: {error}") from None
        detections.append(aggregation.detections if aggregation else rule.detection)
        if aggregation and aggregation.count:
            count = aggregation.count
            departures.append("its condition counts with Sigma's old `| count()`; write a correlation of event_count")
        elif aggregation:
            departures.append("detection.timeframe is ignored, because its condition counts nothing; remove it")
    return detections, count


def _service(sources: Sequence[LogSource | None], name: str, departures: list[str]) -> Service:
    found = [source for source in sources if source]
    if len(found) < len(sources):
        raise RuleError(
            f"{name}: is not about CloudTrail or GuardDuty; its logsource must be product: aws, "
            "service: cloudtrail or guardduty"
        )
    departures += [source.departure for source in found if source.departure]
    services: set[Service] = {source.service for source in found}
    if len(services) > 1:
        raise RuleError(f"{name}: correlation.rules mixes CloudTrail and GuardDuty; use rules on one of them")
    return services.pop()


def _base_rules(correlation: SigmaCorrelationRule, name: str) -> Iterator[SigmaRule]:
    for reference in correlation.referenced_rules:
        rule = reference.rule
        if not isinstance(rule, SigmaRule):
            raise RuleError(
                f"{name}: correlation.rules: '{reference.reference}' is itself a correlation; use rules on events"
            )
        if not correlation.generate and (misplaced := rule.custom_attributes.keys() & _OWN_KEYS):
            raise RuleError(
                f"{name}: '{min(misplaced)}' is in the rule '{reference.reference}', which is only part of the "
                "correlation; move it to the correlation's document"
            )
        yield rule


def _block(name: str, key: str, model: type[_Block], block: Any) -> _Block:
    try:
        return model.model_validate(block)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join([key, *map(str, first["loc"])])
        if first["type"] == "extra_forbidden":
            raise RuleError(f"{name}: {path} is not a key of Deadfall; correct or remove it") from None
        raise RuleError(f"{name}: {path}: {first['msg'][0].lower()}{first['msg'][1:]}") from None


def _line(text: object) -> str:
    """Return another library's sentence, or one with text of the file, as one line of a readable length."""
    return printable(" ".join(str(text).split()), _LONGEST_LINE)
