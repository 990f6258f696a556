"""The detections of a stack: every rule in `detections/`, with the stack's values for its placeholders, compiled."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import yaml

from deadfall.config import StackConfig
from deadfall.decoy import Decoy
from deadfall.decoys import KINDS
from deadfall.field_types import TELLING
from deadfall.names import Names, rule_key
from deadfall.patterns.condition import Condition, Not, Or, Test, Text
from deadfall.patterns.normal_form import normal_form
from deadfall.program_folder import program_folder

from .detection import StackDetection
from .placeholders import account_placeholders
from .sigma.back_end import NotExpressibleError
from .sigma.deployment_facts import regions
from .sigma.parse import RuleError, parse_file
from .sigma.rule import Response, Rule

DETECTIONS = program_folder() / "detections"

MAX_NAME = 40
"""Characters of a detection's id, which prefix and number must leave room for in a rule's name of at most 64."""

# Of one event bus: EventBridge user guide, "Amazon EventBridge quotas"; wildcards: research, deception.md 3, row 7.
MAX_RULES = 300
MAX_RULES_WITH_WILDCARDS = 30
_OTHER_RULES = 1  # the kill switch's own, for alarms
# What other components call rules and alarms: components/kill_switch.py, components/dead_letter_queue.py.
RESERVED_NAMES = (
    *("alarm-change", "rule-dead-letters", "responder-dead-letters"),
    *(f"responder-{what}" for what in ("errors", "throttles", "not-contained", "not-told")),
)

_CALLER = "userIdentity.arn"
_RESOURCE = re.compile(r"[a-z0-9][a-z0-9-]*")


def files(folder: Path = DETECTIONS) -> list[Path]:
    """Return the files of the rules that ship, and of those that were put beside them.

    Raises:
        RuleError: there are none. A stack without rules would detect nothing, without a word.
    """
    found = sorted(file for ending in ("*.yml", "*.yaml") for file in folder.glob(ending))
    if not found:
        raise RuleError(f"{folder}: there are no rules (*.yml, *.yaml) in it; restore the folder or reinstall Deadfall")
    return found


def detections(config: StackConfig, folder: Path = DETECTIONS) -> list[StackDetection]:
    """All detections of a stack: a rule with `deadfall.decoy` once for each decoy of its kind, any other once.

    A rule that asks for something of which the stack has none is left out.

    Raises:
        RuleError: a rule can't be used, or config names one that isn't there, or two are called the same.
        NotExpressibleError: a rule can't be compiled, or all rules together are over one of AWS's limits.
    """
    from .sigma.metric_filter.patterns import check_log_group  # like `compiled` below

    rules = [(rule, decoy) for file in files(folder) for rule, decoy in rules_in(file, config)]
    _check_names(config, [file.stem for file in files(folder)])
    found = [
        _detection(rule, decoy, response, config)
        for rule, decoy in rules
        if (response := _response(rule, config)) != "none" and not matches_nothing(rule)
    ]
    for name, times in Counter(name for each in found for name in _resources(each)).items():
        if times > 1:
            raise RuleError(f"two rules are called '{name}'; give one of them another deadfall.resource")
        if name in RESERVED_NAMES:
            raise RuleError(f"a rule is called '{name}', as something else of Deadfall is; give it a deadfall.resource")
    check_log_group([text for each in found for text in filters(each)])
    _check_event_bus(found, config)
    return found


def rules_in(file: Path, config: StackConfig) -> Iterator[tuple[Rule, Decoy | None]]:
    """The rules of a file, each with the decoy that it is for.

    Raises:
        RuleError: one of them can't be used.
    """
    account, names = account_placeholders(config), Names.of(config)
    kind = _decoy_kind(file)
    if kind not in KINDS:  # none, or one that the parser refuses
        yield from ((rule, None) for rule in parse_file(file, account))
    for decoy in config.decoys:
        if decoy.kind == kind:
            yield from ((rule, decoy) for rule in parse_file(file, {**account, **decoy.placeholders(names)}))


def _decoy_kind(file: Path) -> Any:
    """What `deadfall.decoy` says, which tells what the placeholders are. Of what is wrong the parser tells."""
    try:
        text = file.read_text()
        if "decoy" not in text and "\\" not in text:  # most rules; the parser below takes time
            return None
        documents = list(yaml.load_all(text, yaml.CSafeLoader))
    except (OSError, ValueError, TypeError, yaml.YAMLError, RecursionError):
        return None
    blocks = [document.get("deadfall") for document in documents if isinstance(document, dict)]
    return next((block["decoy"] for block in blocks if isinstance(block, dict) and "decoy" in block), None)


def _check_names(config: StackConfig, known: Sequence[str]) -> None:
    for name in config.detections:
        if not any(fnmatchcase(each, name) for each in known):
            raise RuleError(
                f"deadfall:detections: there is no detection '{name}'; there are {', '.join(known) or 'none'}"
            )


def _response(rule: Rule, config: StackConfig) -> Response | Literal["none"]:
    """The longest name or pattern of config that fits the rule counts."""
    fitting = [name for name in config.detections if fnmatchcase(rule.name, name)]
    told = config.detections[max(fitting, key=len)] if fitting else "default"
    return rule.custom.response if told == "default" else told


def matches_nothing(rule: Rule) -> bool:
    """Return whether the rule is about what the stack has none of: decoys of another kind, a trail of its own."""
    return normal_form(rule.condition) == Or(())


def title(rule: Rule, decoy: Decoy | None) -> str:
    return rule.title if decoy is None else rule.title.replace("%decoy_name%", decoy.decoy_name)


def _resources(detection: StackDetection) -> Iterator[str]:
    """What the AWS resources of a detection are called: see components/detection.py."""
    compiled = detection.compiled
    most = max(1, len(compiled.event_patterns), len(compiled.filter_patterns))
    yield detection.id
    yield from (f"{detection.id}-{number}" for number in range(2, most + 1))
    if compiled.exact_filter:
        yield f"{detection.id}-cis"


def _detection(rule: Rule, decoy: Decoy | None, response: Response, config: StackConfig) -> StackDetection:
    if response == "contain" and rule.count and _CALLER not in rule.count.group_by:
        raise RuleError(
            f"{rule.name}: counts the events of several callers together, and would contain whoever comes last; add "
            f"{_CALLER} to correlation.group-by, or set the response to alert"
        )
    from .compiler import compile_rule  # imports the back ends, which a list of rules does not need

    found = compile_rule(rule, on_path_l(decoy, config))
    return StackDetection(
        id=_id(rule, decoy, config),
        title=title(rule, decoy),
        response=response,
        regions=regions_of(rule, decoy, config),
        compiled=found,
        decoy=decoy,
    )


def _id(rule: Rule, decoy: Decoy | None, config: StackConfig) -> str:
    name = rule.custom.resource or rule.name.replace("_", "-").lower()
    if word := TELLING.search(name):
        raise RuleError(f"{rule.name}: '{word[0]}' in the name of its AWS resources tells; set deadfall.resource")
    if not _RESOURCE.fullmatch(name):
        raise RuleError(
            f"{rule.name}: AWS resources can't be called '{name}'; name the file with a-z, 0-9 and _ only, or set "
            "deadfall.resource"
        )
    if decoy is not None:
        name = f"{name}-{rule_key(config.decoy_seed.get_secret_value(), *decoy.identity(Names.of(config)))}"
    if len(name) > MAX_NAME:
        name = f"{name[: MAX_NAME - 7]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    return name


def regions_of(rule: Rule, decoy: Decoy | None, config: StackConfig) -> tuple[str, ...]:
    """Return the regions that need the rule: the one of a regional decoy, or those that the rule implies."""
    planted_in = decoy.planted_in(Names.of(config)) if decoy else None
    return (planted_in,) if planted_in else regions(rule, config.detection_regions)


def on_path_l(decoy: Decoy | None, config: StackConfig) -> list[Condition]:
    """What the alarm leaves out.

    The deploy role reads its own decoys at every `pulumi up` and refresh. Path E lets these reads through to the
    responder, which counts them as suppressed; an alarm would ring at every deployment, and while it is on it can't
    tell of anybody else.

    The log group of an organization's trail holds the records of all its accounts: a secret of the same name elsewhere
    must not raise this account's alarm. Path E is of one account by itself.
    """
    asked: list[Condition] = []
    if config.trail.existing and config.trail.existing.organization:
        asked.append(Test("recipientAccountId", Text.literal(config.account_id, cased=True)))
    if decoy is not None:
        deployer = Text.literal(config.deploy_role_arn, cased=True)
        asked.append(Not(Test("userIdentity.sessionContext.sessionIssuer.arn", deployer)))
    return asked


def filters(detection: StackDetection) -> tuple[str, ...]:
    """The texts of all metric filters of a detection."""
    exact = detection.compiled.exact_filter
    return (*detection.compiled.filter_patterns, *([exact] if exact else []))


def _check_event_bus(found: Sequence[StackDetection], config: StackConfig) -> None:
    for region in config.detection_regions:
        here = [
            pattern
            for each in found
            if region in (*each.regions, config.home)
            for pattern in each.compiled.event_patterns
        ]
        if len(here) > MAX_RULES - _OTHER_RULES:
            raise NotExpressibleError(
                f"an event bus takes {MAX_RULES} rules, and {len(here) + _OTHER_RULES} are needed in {region}; "
                "use fewer rules or decoys"
            )
        wildcards = sum(map(_has_wildcard, here))
        if wildcards > MAX_RULES_WITH_WILDCARDS:
            raise NotExpressibleError(
                f"an event bus takes {MAX_RULES_WITH_WILDCARDS} rules with wildcards, and {wildcards} are needed in "
                f"{region}; plant fewer secrets, or use fewer rules that look for a part of a text"
            )


def _has_wildcard(pattern: Any) -> bool:
    if isinstance(pattern, dict):
        return "wildcard" in pattern or any(map(_has_wildcard, pattern.values()))
    return isinstance(pattern, list) and any(map(_has_wildcard, pattern))
