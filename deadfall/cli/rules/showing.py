"""`deadfall rules show`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from deadfall.config import StackConfig
from deadfall.rules import catalog
from deadfall.rules.dead_rules import dead_rule_warnings
from deadfall.rules.detection import StackDetection
from deadfall.rules.examples import Example, examples
from deadfall.rules.sigma.back_end import NotExpressibleError, targets
from deadfall.rules.sigma.parse import RuleError
from deadfall.stack_files import config_of

from . import output
from .back_ends import outcomes
from .cost import SOURCE, cost
from .options import AsJson, Stack


def show(
    name: Annotated[str, typer.Argument(help="A rule's name, as in `deadfall rules list`.")],
    stack: Stack = "dev",
    as_json: AsJson = False,
) -> None:
    """Show one rule in full: description, compiled queries, regions and cost.

    Warnings on standard error name what can never match.
    """
    with output.exit_on_error():
        config = config_of(stack)
        found = [each for each in _everything(config) if each.rule.name == name]
        if not found:
            raise RuleError(f"stack {stack} has no rule '{name}'; `deadfall rules list` shows all rules")
        shown = _shown(found, config, examples(catalog.DETECTIONS / f"{name}.yml"))
    output.print_warnings(shown["warnings"])
    if as_json:
        output.emit_json(shown)
    else:
        _print(shown)


def _everything(config: StackConfig) -> list[StackDetection]:
    return catalog.detections(config.model_copy(update={"detections": {}}))


def _shown(found: list[StackDetection], config: StackConfig, cases: list[Example]) -> dict[str, Any]:
    rule = found[0].rule
    return {
        "name": rule.name,
        "title": rule.title,
        "id": rule.id,
        "file": str(Path("detections") / f"{rule.name}.yml"),
        "description": rule.description,
        "level": rule.level,
        "response": config.detections.get(rule.name, rule.custom.response),
        "runbook": rule.custom.runbook,
        "tags": list(rule.tags),
        "falsepositives": list(rule.false_positives),
        "count": asdict(rule.count) if rule.count else None,
        "cis": rule.cis.model_dump() if rule.cis else None,
        "gaps": dict(found[0].compiled.gaps),
        "widenings": {name: list(why) for name, why in found[0].compiled.widenings.items()},
        "warnings": list(dict.fromkeys(text for each in found for text in dead_rule_warnings(each.rule, config))),
        "rule_state": "all management events" if found[0].compiled.matches_reads else "enabled",
        "examples": [{"case": each.case, "matches": each.matches, "source": each.source} for each in cases],
        "detections": [_detection(each) for each in found],
    }


def _detection(detection: StackDetection) -> dict[str, Any]:
    compiled = detection.compiled
    made_of = outcomes(detection.rule)
    price = cost(compiled, detection.regions)
    return {
        # A decoy's detection id depends on the stack's seed, which only `pulumi up` knows.
        "id": None if detection.decoy else detection.id,
        "title": detection.title,
        "regions": list(detection.regions),
        "event_patterns": list(compiled.event_patterns),
        "metric_filters": list(compiled.filter_patterns),
        "exact_filter": compiled.exact_filter,
        "sql": {
            target: {"gap": str(made)} if isinstance(made, NotExpressibleError) else made.queries[0]
            for target, made in made_of.items()
            if targets()[target].path == "S"
        },
        "cost": {**asdict(price), "fixed": price.fixed, "with_hits": price.with_hits, "sentence": price.sentence},
    }


def _print(shown: dict[str, Any]) -> None:
    count = shown["count"]
    counted = count and (
        f"{count['at_least']} events within {count['seconds']} s, by {', '.join(count['group_by']) or 'nothing'}"
    )
    state = "all management events" if shown["rule_state"] != "enabled" else "write events only (ENABLED)"
    cis = shown["cis"] and " ".join(filter(None, [shown["cis"]["control"], f"CIS {shown['cis']['section']}"]))
    _line(f"{shown['name']}:", shown["title"])
    _line("", shown["description"])
    for label, text in (
        ("level", shown["level"]),
        ("response", shown["response"]),
        ("runbook", shown["runbook"]),
        ("tags", ", ".join(shown["tags"])),
        ("threshold", counted),
        ("control", cis),
        ("rule state", state),
        *(("false positive", text) for text in shown["falsepositives"]),
        *((f"gap: {back_end}", why) for back_end, why in shown["gaps"].items()),
        *((f"superset: {back_end}", why) for back_end, each in shown["widenings"].items() for why in each),
        *(("must match" if each["matches"] else "must not", each["case"]) for each in shown["examples"]),
    ):
        if text:
            _line(label, text)
    for each in shown["detections"]:
        _print_detection(each)
    output.print_note(f"Costs: {SOURCE}.")


def _print_detection(each: dict[str, Any]) -> None:
    print()
    _line(f"{each['id']}:" if each["id"] else "", each["title"])
    _line("regions", ", ".join(each["regions"]))
    _line("cost", each["cost"]["sentence"])
    for pattern in each["event_patterns"]:
        _block("EventBridge pattern", json.dumps(pattern, indent=2))
    for text in each["metric_filters"]:
        _block("metric filter", text)
    if each["exact_filter"]:
        _block("metric filter, exact", each["exact_filter"])
    for target, made in each["sql"].items():
        _block(f"SQL, {target}", made["gap"] if isinstance(made, dict) else made)


def _line(label: str, text: str) -> None:
    output.screen().print(Text.assemble(output.cell(f"{label:<15} ", "bold"), output.cell(text)), soft_wrap=True)


def _block(label: str, text: str) -> None:
    output.screen().print(output.cell(label, "bold"))
    for line in text.split("\n"):
        output.screen().print(output.cell(f"  {line}"), soft_wrap=True)
