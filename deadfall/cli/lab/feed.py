"""What happens in a lab, a line each: calls as CloudTrail records them, what they set off, what was done. Pure.

Nearly everything here was chosen by whoever made a call; nothing of it reaches a line but through `printable`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deadfall.printable import printable

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One thing that happened, `at` seconds since the epoch: `text` in printable ASCII for people, `data` as it is.

    `key` is the same for the same thing told twice. `style` is rich's.
    """

    at: float
    kind: str
    text: str
    style: str
    key: str
    data: Mapping[str, Any]


def lines(entries: Iterable[Entry], incidents: Iterable[Entry], responder: str) -> list[Line]:
    """What journal entries and incidents have to tell, in the order in which it happened.

    Args:
        entries: of the lab's journal (docs/lab.md).
        incidents: as they are now, all of them.
        responder: the name of the responder's role, whose own calls stand back.
    """
    found = [line for entry in entries for line in _of_entry(entry, responder)]
    found += [line for incident in incidents for line in _of_incident(incident)]
    return sorted(found, key=lambda line: line.at)


def _of_entry(entry: Entry, responder: str) -> Iterator[Line]:
    told = SHOWN[entry["kind"]](entry)
    if told is None:
        return
    kind, text, style = told
    if kind == "record" and _who(entry["record"].get("userIdentity") or {}) == responder:
        style = "dim"
    yield Line(entry["time"], kind, text, style, str(entry["seq"]), entry)


def _of_incident(incident: Entry) -> Iterator[Line]:
    """How it stands, and once more when the second path has found it."""
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
        text = f"path {printable(path, 1)} has found it too: {who} touched {touched}"
        key = f"{incident['id']} both"
        yield Line(_epoch(seen["first_seen"]), "incident", text, "green", key, {"incident": incident})


Told = tuple[str, str, str] | None


def _record(entry: Entry) -> Told:
    record = entry["record"]
    error = record.get("errorCode")
    text = f"{printable(_who(record.get('userIdentity') or {}), 40):<24} {printable(record.get('eventName'), 48):<22} "
    text += f"{printable(record.get('awsRegion'), 20):<10}"
    if error:
        text += f" {printable(error, 60)}"
    if about := _about(record):
        text += f" {printable(about, 80)}"
    return "record", text.rstrip(), "red" if error else ""


def _who(identity: Entry) -> str:
    """The user, the role and its session, or else who CloudTrail says it was."""
    if identity.get("type") == "AssumedRole":
        role, _, session = str(identity.get("arn", "")).partition(":assumed-role/")[2].partition("/")
        return role if session in ("", role) else f"{role}/{session}"
    return str(identity.get("userName") or identity.get("invokedBy") or identity.get("type") or "?")


def _about(record: Entry) -> str:
    """What a call was about: for whom it was made, or its first plain parameter."""
    if by := (record.get("userIdentity") or {}).get("invokedBy"):
        return f"for {by}"
    parameters = record.get("requestParameters") or {}
    return next((value for key, value in parameters.items() if isinstance(value, str) and key != "Host"), "")


def _rule(entry: Entry) -> Told:
    return "rule", f"{printable(entry['rule'])} matched in {printable(entry['region'])}", "magenta"


def _target(entry: Entry) -> Told:
    target = f"{_arn(entry['target'])} got it from {printable(entry['rule'])}"
    if entry["outcome"] == "delivered":
        return "target", target, "magenta"
    return "target", f"{_arn(entry['target'])} did not get it: {printable(entry.get('reason'), 200)}", "red"


def _dead_letter(entry: Entry) -> Told:
    where = f"in {_arn(entry['queue'])}" if entry["outcome"] == "queued" else "lost"
    return "target", f"event of {printable(entry['rule'])} is {where}: {printable(entry['reason'], 200)}", "red"


def _filter(entry: Entry) -> Told:
    return "filter", f"{printable(entry['name'])} found it in {printable(entry['log_group'])}", "blue"


def _alarm(entry: Entry) -> Told:
    if "ALARM" not in (entry["old"], entry["new"]):  # it has just been made
        return None
    text = f"{printable(entry['name'])} {printable(entry['old'])} -> {printable(entry['new'])}"
    return "alarm", text, "bold yellow" if entry["new"] == "ALARM" else "yellow"


def _alarm_action(entry: Entry) -> Told:
    if entry["outcome"] == "delivered":  # what comes of it has lines of its own
        return None
    return "alarm", f"{printable(entry['name'])}: {_arn(entry['action'])} {printable(entry['outcome'], 200)}", "red"


def _mail(entry: Entry) -> Told:
    return "mail", f"to {printable(entry['to'], 60)}: {printable(entry['subject'])}", "cyan"


def _trail(entry: Entry) -> Told:
    if entry["outcome"] == "delivered":
        return None
    return "trail", f"{printable(entry['trail'])} could not deliver: {printable(entry['reason'], 200)}", "red"


def _refused(entry: Entry) -> Told:
    call = f"{entry['service']}:{entry['operation']}"
    return "refused", f"{printable(call, 60)}: {printable(entry['reason'], 200)}", "red"


def _unlogged(entry: Entry) -> Told:
    return "unlogged", f"lines of {printable(entry['function'])} are lost: {printable(entry['reason'], 200)}", "red"


def _undelivered(entry: Entry) -> Told:
    what = entry.get("alarm") or entry.get("event_id")
    return "defect", f"the lab could not deliver {printable(what)}; see its log", "red"


SHOWN: Mapping[str, Callable[[Entry], Told]] = {
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
"""The journal's kinds that people see, and how."""


def _arn(arn: Any) -> str:
    """The service and the name of an ARN."""
    parts = str(arn).split(":", 5)
    if len(parts) < 6:
        return printable(arn)
    return printable(f"{parts[2]} {parts[5].removeprefix('function:').removeprefix('event-bus/')}")


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
