"""The detections of a stack: every rule in `detections/`, compiled with the stack's placeholder values."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import yaml

from deadfall import yaml_reader
from deadfall.config import StackConfig
from deadfall.decoy import Decoy
from deadfall.decoys import KINDS
from deadfall.field_types import TELLING, nearest, quoted
from deadfall.names import RESERVED_NAMES, Names, rule_key
from deadfall.patterns.aws_limits import MAX_RULES_WITH_WILDCARDS, max_rules
from deadfall.patterns.condition import Condition, Not, Or, Test, Text
from deadfall.patterns.normal_form import normal_form
from deadfall.program_folder import program_folder

from .detection import StackDetection
from .placeholders import account_placeholders
from .sigma.back_end import NotExpressibleError
from .sigma.deployment_facts import regions
from .sigma.parse import RuleError, parse_each_in_file
from .sigma.rule import Response, Rule

DETECTIONS = program_folder() / "detections"

MAX_NAME = 40
"""Maximum characters of a detection's id; with prefix and number, a rule's name has at most 64."""

_OTHER_RULES = 1  # the kill switch's rule for alarm state changes

_CALLER = "userIdentity.arn"
_RESOURCE = re.compile(r"[a-z0-9][a-z0-9-]*")


def files(folder: Path = DETECTIONS) -> list[Path]:
    """Return the rule files in the folder: shipped rules and any added to them.

    Raises:
        RuleError: there are none, and a stack without rules would detect nothing.
    """
    found = sorted(file for ending in ("*.yml", "*.yaml") for file in folder.glob(ending))
    if not found:
        raise RuleError(f"{folder}: the folder contains no rules (*.yml, *.yaml); restore it or reinstall Deadfall")
    return found


def detections(config: StackConfig, folder: Path = DETECTIONS) -> list[StackDetection]:
    """Return all detections of a stack: a rule with `deadfall.decoy` once for each decoy of its kind, any other once.

    Rules that can't match anything in the stack, such as rules on decoys it lacks, are left out.

    Raises:
        RuleError: a rule is invalid or departs from Sigma's specification, config names a rule that doesn't exist, or
            two rules have the same name.
        NotExpressibleError: a rule can't be compiled, or the rules together exceed one of AWS's limits.
    """
    rules = [(rule, decoy) for file in files(folder) for rule, decoy in rules_in(file, config)]
    if unknown := unknown_detections(config, [file.stem for file in files(folder)]):
        raise RuleError(f"deadfall:detections: {'; '.join(unknown.values())}")
    found = [detection for rule, decoy in rules if (detection := detection_of(rule, decoy, config)) is not None]
    for check in CHECKS_OF_ALL:
        check(found, config)
    return found


def _check_resource_names(found: Sequence[StackDetection], config: StackConfig) -> None:
    for name, times in Counter(name for each in found for name in _resources(each)).items():
        if times > 1:
            raise RuleError(f"two rules name their AWS resources '{name}'; give one of them another deadfall.resource")
        if name in RESERVED_NAMES:
            raise RuleError(f"a rule is named '{name}', like another Deadfall resource; set its deadfall.resource")


def rules_in(file: Path, config: StackConfig) -> Iterator[tuple[Rule, Decoy | None]]:
    """Return the rules of a file, each with the decoy that it watches, if any.

    Raises:
        RuleError: a rule is invalid, or contains although it can't (on findings, or counting several callers).
    """
    for found in rules_or_errors_in(file, config):
        if isinstance(found, RuleError):
            raise found
        yield found


def rules_or_errors_in(file: Path, config: StackConfig) -> Iterator[tuple[Rule, Decoy | None] | RuleError]:
    """Return the rules of a file as `rules_in` does, and an error in place of each that is invalid."""
    reported: set[str] = set()  # a rule on decoys is parsed once for each decoy
    for found, decoy in _parsed(file, config):
        error = _containment_error(found, config) if isinstance(found, Rule) else found
        if isinstance(found, Rule) and error is None:
            yield found, decoy
        elif error and str(error) not in reported:
            reported.add(str(error))
            yield error


def _parsed(file: Path, config: StackConfig) -> Iterator[tuple[Rule | RuleError, Decoy | None]]:
    account, names = account_placeholders(config), Names.of(config)
    kind = _decoy_kind(file)
    if kind not in KINDS:  # no kind, or one that the parser rejects
        yield from ((found, None) for found in parse_each_in_file(file, account))
    for decoy in config.decoys:
        if decoy.kind == kind:
            values = {**account, **decoy.placeholders(names)}
            yield from ((found, decoy) for found in parse_each_in_file(file, values))


def _containment_error(rule: Rule, config: StackConfig) -> RuleError | None:
    """Return the error of a rule that contains on findings, or counts several callers: the last would be contained."""
    if response_of(rule, config) != "contain":
        return None
    by_config = rule.custom.response != "contain"
    key = f"deadfall:detections.{rule.name}" if by_config else "deadfall.response"
    if rule.service == "guardduty":
        return RuleError(
            f"{rule.name}: the responder reports GuardDuty's findings but does not contain on them; set {key} to alert"
        )
    if rule.count and _CALLER not in rule.count.group_by:
        return RuleError(
            f"{rule.name}: counts events of several callers together and would contain the last caller only; add "
            f"{_CALLER} to correlation.group-by, or set {key} to alert"
        )
    return None


def _decoy_kind(file: Path) -> Any:
    """Return `deadfall.decoy`, which determines the placeholders; the parser reports errors later."""
    try:
        text = file.read_text()
        if "decoy" not in text and "\\" not in text:  # most rules; parsing YAML is slow
            return None
        documents = yaml_reader.load_all(text)
    except (OSError, ValueError, TypeError, yaml.YAMLError, RecursionError):
        return None
    blocks = [document.get("deadfall") for document in documents if isinstance(document, dict)]
    return next((block["decoy"] for block in blocks if isinstance(block, dict) and "decoy" in block), None)


def unknown_detections(config: StackConfig, known: Sequence[str]) -> dict[str, str]:
    """Return the keys of `detections` that name no rule, each with what is wrong and the remedy."""
    found: dict[str, str] = {}
    for name in config.detections:
        if not any(fnmatchcase(each, name) for each in known):
            near = nearest(name, known)
            remedy = f"write {near}" if near else f"available: {', '.join(known) or 'none'}"
            found[name] = f"no detection matches {quoted(name)}; {remedy}"
    return found


def response_of(rule: Rule, config: StackConfig) -> Response | Literal["none"]:
    """Return the response in config, or else the rule's own."""
    response = config.configured_response(rule.name)
    return rule.custom.response if response == "default" else response


def matches_nothing(rule: Rule) -> bool:
    """Return whether the rule can't match because the stack lacks its subject, such as decoys of a kind or a trail."""
    return normal_form(rule.condition) == Or(())


def title(rule: Rule, decoy: Decoy | None) -> str:
    return rule.title if decoy is None else rule.title.replace("%decoy_name%", decoy.decoy_name)


def _resources(detection: StackDetection) -> Iterator[str]:
    """Return the names of the detection's AWS resources (components/detection.py)."""
    compiled = detection.compiled
    most = max(1, len(compiled.event_patterns), len(compiled.filter_patterns))
    yield detection.id
    yield from (f"{detection.id}-{number}" for number in range(2, most + 1))
    if compiled.exact_filter:
        yield f"{detection.id}-cis"


def detection_of(rule: Rule, decoy: Decoy | None, config: StackConfig) -> StackDetection | None:
    """Return the detection that a rule is in a stack; None if it is switched off or can't match anything there.

    Raises:
        NotExpressibleError: the rule can't be compiled.
        RuleError: it departs from Sigma's specification, declares a gap that is none, or has no name for its AWS
            resources.
    """
    if rule.departures:
        raise RuleError(f"{rule.name}: {rule.departures[0]}")
    response = response_of(rule, config)
    return None if response == "none" or matches_nothing(rule) else _detection(rule, decoy, response, config)


def _detection(rule: Rule, decoy: Decoy | None, response: Response, config: StackConfig) -> StackDetection:
    from .compiler import compile_rule  # imports the back ends, which a list of rules does not need

    compiled = compile_rule(rule, log_path_conditions(decoy, config))
    return StackDetection(
        id=_id(rule, decoy, config),
        title=title(rule, decoy),
        response=response,
        regions=regions_of(rule, decoy, config),
        compiled=compiled,
        decoy=decoy,
    )


def _id(rule: Rule, decoy: Decoy | None, config: StackConfig) -> str:
    name = rule.custom.resource or rule.name.replace("_", "-").lower()
    if word := TELLING.search(name):
        raise RuleError(f"{rule.name}: '{word[0]}' in its AWS resource names reveals a decoy; set deadfall.resource")
    if not _RESOURCE.fullmatch(name):
        raise RuleError(
            f"{rule.name}: '{name}' is not a valid AWS resource name; use only a-z, 0-9 and _ in the file name, or set "
            "deadfall.resource"
        )
    if decoy is not None:
        name = f"{name}-{rule_key(config.decoy_seed.get_secret_value(), *decoy.identity(Names.of(config)))}"
    if len(name) > MAX_NAME:
        name = f"{name[: MAX_NAME - 7]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    return name


def regions_of(rule: Rule, decoy: Decoy | None, config: StackConfig) -> tuple[str, ...]:
    """Return the regions that need the rule: a regional decoy's region, or those that the rule implies."""
    planted_in = decoy.planted_in(Names.of(config)) if decoy else None
    return (planted_in,) if planted_in else regions(rule, config.detection_regions)


def log_path_conditions(decoy: Decoy | None, config: StackConfig) -> list[Condition]:
    """Return the additional conditions of a detection's metric filters.

    The deploy role reads its own decoys at every `pulumi up` and refresh. On the event path the responder receives
    these reads and records them as suppressed; an alarm would fire at every deployment, and while it is on it can't
    report another caller.

    The log group of an organization's trail contains the records of all its accounts: a secret of the same name in
    another account must not raise this account's alarm. The event path only has this account's events.
    """
    conditions: list[Condition] = []
    if config.trail.existing and config.trail.existing.organization:
        conditions.append(Test("recipientAccountId", Text.literal(config.account_id, cased=True)))
    if decoy is not None:
        deployer = Text.literal(config.deploy_role_arn, cased=True)
        conditions.append(Not(Test("userIdentity.sessionContext.sessionIssuer.arn", deployer)))
    return conditions


def filters(detection: StackDetection) -> tuple[str, ...]:
    """Return the patterns of all metric filters of a detection."""
    exact = detection.compiled.exact_filter
    return (*detection.compiled.filter_patterns, *([exact] if exact else []))


def _check_log_group(found: Sequence[StackDetection], config: StackConfig) -> None:
    from .sigma.metric_filter.patterns import check_log_group  # imported late, like `compile_rule` above

    check_log_group([text for each in found for text in filters(each)])


def _check_event_bus(found: Sequence[StackDetection], config: StackConfig) -> None:
    for region in config.detection_regions:
        here = [
            pattern
            for each in found
            if region in (*each.regions, config.home)
            for pattern in each.compiled.event_patterns
        ]
        if len(here) + _OTHER_RULES > max_rules(region):
            raise NotExpressibleError(
                f"an event bus accepts {max_rules(region)} rules, and {region} needs {len(here) + _OTHER_RULES}; "
                "use fewer rules or decoys"
            )
        wildcards = sum(map(_has_wildcard, here))
        if wildcards > MAX_RULES_WITH_WILDCARDS:
            raise NotExpressibleError(
                f"an event bus accepts {MAX_RULES_WITH_WILDCARDS} rules with wildcards, and {region} needs "
                f"{wildcards}; plant fewer secrets, or use fewer rules that search for part of a text"
            )


def _has_wildcard(pattern: Any) -> bool:
    if isinstance(pattern, dict):
        return "wildcard" in pattern or any(map(_has_wildcard, pattern.values()))
    return isinstance(pattern, list) and any(map(_has_wildcard, pattern))


CHECKS_OF_ALL = (_check_resource_names, _check_log_group, _check_event_bus)
"""The checks of all detections of a stack together; each raises RuleError or NotExpressibleError."""
