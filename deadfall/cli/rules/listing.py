"""`deadfall rules list`."""

from collections.abc import Sequence
from typing import Any

from deadfall.rules import catalog
from deadfall.rules.detection import Detection
from deadfall.stack_files import config_of

from . import output
from .options import AsJson, Stack


def list_rules(stack: Stack = "dev", as_json: AsJson = False) -> None:
    """List the rules of a stack: what each leads to, and on which paths and in which regions it is."""
    with output.one_sentence():
        config = config_of(stack)
        # What is switched off is listed too.
        detections = catalog.detections(config.model_copy(update={"detections": {}}))
        by_rule: dict[str, list[Detection]] = {}
        for detection in detections:
            by_rule.setdefault(detection.rule.name, []).append(detection)
        rows = [_row(name, of_rule, config.detections.get(name)) for name, of_rule in by_rule.items()]
    if as_json:
        output.emit_json(rows)
        return
    table = output.table("rule", "title", "level", "response", "paths", "regions", "MITRE ATT&CK")
    for row in rows:
        number = f" ×{row['detections']}" if row["detections"] > 1 else ""
        table.add_row(
            output.cell(row["name"] + number),
            output.cell(row["title"]),
            output.cell(row["level"]),
            output.cell(row["response"]),
            output.cell(" ".join(row["paths"])),
            output.cell(" ".join(row["regions"])),
            output.cell(" ".join(row["mitre"])),
        )
    output.screen().print(table)
    output.say(f"{len(rows)} rules, {len(detections)} detections in stack {stack}. E: EventBridge, L: log, S: SQL.")


def _row(name: str, of_rule: Sequence[Detection], configured: str | None) -> dict[str, Any]:
    first = of_rule[0]
    return {
        "name": name,
        "title": first.rule.title,
        "level": first.rule.level,
        "response": configured or first.response,
        "tags": list(first.rule.tags),
        "mitre": [tag.removeprefix("attack.").upper() for tag in first.rule.tags if tag.startswith("attack.t")],
        "paths": paths(first),
        "regions": list(dict.fromkeys(region for each in of_rule for region in each.regions)),
        "detections": len(of_rule),
    }


def paths(detection: Detection) -> list[str]:
    """E: EventBridge, L: the log's metric filters, S: SQL."""
    compiled = detection.compiled
    on = {"E": compiled.event_patterns, "L": compiled.filter_patterns, "S": "sql" not in compiled.gaps}
    return [path for path, there in on.items() if there]
