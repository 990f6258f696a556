"""The lab's journal and incidents as lines of a feed: CloudTrail records, what they trigger, containment. Pure.

Callers choose most of these values, so every value passes through `printable` before it reaches a line.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deadfall.printable import printable

Entry = Mapping[str, Any]
_PATHS = {"E": "event", "L": "log"}


@dataclass(frozen=True)
class Line:
    """One event, `at` seconds since the epoch: `text` in printable ASCII, `data` unmodified.

    `key` identifies the event, so that it is printed once. `style` is a rich style.
    """

    at: float
    kind: str
    text: str
    style: str
    key: str
    data: Mapping[str, Any]


def lines(entries: Iterable[Entry], incidents: Iterable[Entry], responder: str) -> list[Line]:
    """Render journal entries and incidents as lines, oldest first.

    Args:
        entries: entries of the lab's journal (docs/lab.md).
        incidents: all incidents in their current state.
        responder: the name of the responder's role, whose own calls are dimmed.
    """
    found = [line for entry in entries for line in _entry_lines(entry, responder)]
    found += [line for incident in incidents for line in _incident_lines(incident)]
    return sorted(found, key=lambda line: line.at)


def _entry_lines(entry: Entry, responder: str) -> Iterator[Line]:
    rendered = RENDERERS[entry["kind"]](entry)
    if rendered is None:
        return
    kind, text, style = rendered
    if kind == "record" and _principal(entry["record"].get("userIdentity") or {}) == responder:
        style = "dim"
    yield Line(entry["time"], kind, text, style, str(entry["seq"]), entry)


def _incident_lines(incident: Entry) -> Iterator[Line]:
    """Render the incident's current state, and a second line once both paths have detected it."""
    when, status = incident["when"], incident["status"]
    actions = [f"{action['action']} {action['outcome']}" for action in incident["actions"]]
    done = ", ".join(printable(action, 60) for action in actions) or "nothing done"
    who, touched = printable(incident["principal"]["name"], 64), printable(incident["touched"]["name"], 80)
    text = f"{printable(status, 12)}  {who} touched {touched}: {done}"
    style = {"CONTAINED": "bold green", "PARTIAL": "bold red", "FAILED": "bold red"}.get(status, "bold yellow")
    key = f"{incident['id']} {status} {actions}"
    yield Line(_epoch(when["contained"] or when["received"]), "incident", text, style, key, {"incident": incident})
    if len(incident["paths"]) == 2:
        path, seen = max(incident["paths"].items(), key=lambda path: path[1]["first_seen"])
        text = f"also detected on the {_PATHS.get(path, printable(path, 1))} path: {who} touched {touched}"
        key = f"{incident['id']} both"
        yield Line(_epoch(seen["first_seen"]), "incident", text, "green", key, {"incident": incident})


Rendered = tuple[str, str, str] | None
"""The kind, text and style of a line; None for an entry that has no line."""


def _record(entry: Entry) -> Rendered:
    record = entry["record"]
    error = record.get("errorCode")
    principal = printable(_principal(record.get("userIdentity") or {}), 40)
    text = f"{principal:<24} {printable(record.get('eventName'), 48):<22} {printable(record.get('awsRegion'), 20):<10}"
    if error:
        text += f" {printable(error, 60)}"
    if subject := _subject(record):
        text += f" {printable(subject, 80)}"
    return "record", text.rstrip(), "red" if error else ""


def _principal(identity: Entry) -> str:
    """Return the user, or the role and its session, or the identity's type."""
    if identity.get("type") == "AssumedRole":
        role, _, session = str(identity.get("arn", "")).partition(":assumed-role/")[2].partition("/")
        return role if session in ("", role) else f"{role}/{session}"
    return str(identity.get("userName") or identity.get("invokedBy") or identity.get("type") or "?")


def _subject(record: Entry) -> str:
    """Return the service that made the call for its caller, or the call's first string parameter."""
    if by := (record.get("userIdentity") or {}).get("invokedBy"):
        return f"for {by}"
    parameters = record.get("requestParameters") or {}
    return next((value for key, value in parameters.items() if isinstance(value, str) and key != "Host"), "")


def _rule(entry: Entry) -> Rendered:
    return "rule", f"{printable(entry['rule'])} matched in {printable(entry['region'])}", "magenta"


def _target(entry: Entry) -> Rendered:
    target = _arn(entry["target"])
    if entry["outcome"] == "delivered":
        return "target", f"{target} received the event from {printable(entry['rule'])}", "magenta"
    return "target", f"{target} did not receive the event: {printable(entry.get('reason'), 200)}", "red"


def _dead_letter(entry: Entry) -> Rendered:
    outcome = f"sent to {_arn(entry['queue'])}" if entry["outcome"] == "queued" else "lost"
    return "target", f"event of {printable(entry['rule'], 64)} {outcome}: {printable(entry['reason'], 150)}", "red"


def _filter(entry: Entry) -> Rendered:
    return "filter", f"{printable(entry['name'])} matched in {printable(entry['log_group'])}", "blue"


def _alarm(entry: Entry) -> Rendered:
    if "ALARM" not in (entry["old"], entry["new"]):  # a new alarm
        return None
    text = f"{printable(entry['name'])} {printable(entry['old'])} -> {printable(entry['new'])}"
    return "alarm", text, "bold yellow" if entry["new"] == "ALARM" else "yellow"


def _alarm_action(entry: Entry) -> Rendered:
    if entry["outcome"] == "delivered":  # its consequences have their own lines
        return None
    return "alarm", f"{printable(entry['name'])}: {_arn(entry['action'])} {printable(entry['outcome'], 200)}", "red"


def _mail(entry: Entry) -> Rendered:
    return "mail", f"to {printable(entry['to'], 60)}: {printable(entry['subject'])}", "cyan"


def _trail(entry: Entry) -> Rendered:
    if entry["outcome"] == "delivered":
        return None
    return "trail", f"{printable(entry['trail'])} could not deliver: {printable(entry['reason'], 200)}", "red"


def _refused(entry: Entry) -> Rendered:
    call = f"{entry['service']}:{entry['operation']}"
    return "refused", f"{printable(call, 60)}: {printable(entry['reason'], 200)}", "red"


def _unlogged(entry: Entry) -> Rendered:
    return "unlogged", f"log lines of {printable(entry['function'])} lost: {printable(entry['reason'], 200)}", "red"


def _undelivered(entry: Entry) -> Rendered:
    what = entry.get("alarm") or entry.get("event_id")
    return "defect", f"the lab could not deliver {printable(what)}; see its log", "red"


RENDERERS: Mapping[str, Callable[[Entry], Rendered]] = {
    "record": _record,
    "rule": _rule,
    "target": _target,
    "dead-letter": _dead_letter,
    "filter": _filter,
    "alarm": _alarm,
    "alarm-action": _alarm_action,
    "mail": _mail,
    "trail": _trail,
    "refused": _refused,
    "unlogged": _unlogged,
    "undelivered": _undelivered,
}
"""The renderer of each journal kind that the feed shows."""


def _arn(arn: Any) -> str:
    """Return the service and the name in an ARN."""
    parts = str(arn).split(":", 5)
    if len(parts) < 6:
        return printable(arn)
    return printable(f"{parts[2]} {parts[5].removeprefix('function:').removeprefix('event-bus/')}")


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
