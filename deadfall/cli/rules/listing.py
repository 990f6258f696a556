"""`deadfall rules list`."""

from typing import Any

from deadfall.rules.overview import RuleOverview, overview
from deadfall.stack_files import config_of

from . import output
from .options import AsJson, Stack


def list_rules(stack: Stack = "dev", as_json: AsJson = False) -> None:
    """List the rules of a stack with their response, paths and regions."""
    with output.exit_on_error():
        config = config_of(stack)
        rows = [_row(each, config.detections.get(each.rule.name)) for each in overview(config)]
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
    detections = sum(row["detections"] for row in rows)
    paths = "Paths: E is EventBridge (event path), L is CloudWatch Logs (log path), S is SQL (hunts)."
    output.print_note(f"{len(rows)} rules, {detections} detections in stack {stack}. {paths}")


def _row(each: RuleOverview, configured: str | None) -> dict[str, Any]:
    rule = each.rule
    return {
        "name": rule.name,
        "title": rule.title,
        "level": rule.level,
        "response": configured or rule.custom.response,
        "tags": list(rule.tags),
        "mitre": [tag.removeprefix("attack.").upper() for tag in rule.tags if tag.startswith("attack.t")],
        "paths": list(each.paths),
        "regions": list(each.regions),
        "detections": each.detections,
    }
