"""The mail to the on-call analyst: what happened, what was done, how to verify it, how to release, what was not done.

Rendering is pure. Mails are printable ASCII of at most 78 columns. Text that the attacker chose is escaped, bounded
and defanged; commands are exact and quoted for a POSIX shell. No value of a decoy can be in it, because none reaches
us.
"""

import shlex
import textwrap
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from deadfall.patterns.aws_limits import MAX_SNS_SUBJECT_CHARACTERS

from . import aws, hostile, moment
from .incident import UNCONFIRMED, holds, why_not
from .parse import Rejected
from .scope import Permission

PERMISSIONS = (
    Permission("SendAlerts", ("sns:Publish",), ("arn:{partition}:sns:{home_region}:{account_id}:{alert_topic}",)),
)

COLUMNS = 78

HEADLINES = {
    "CONTAINED": "The caller is contained: AWS now denies everything it requests.",
    "PARTIAL": "The caller is denied everything, but some containment actions failed. Finish them by hand.",
    "FAILED": "THE CALLER IS NOT CONTAINED. Contain it by hand now.",
    "SUPPRESSED": "No containment: the caller is a protected principal. Investigate.",
    "OBSERVED": "No containment. Investigate.",
}
PATHS = {
    "E": "event path (EventBridge rule)",
    "L": "log path (log group and alarm)",
    UNCONFIRMED: "log path, not confirmed by CloudTrail",
}
_LABEL = 12


class AlertError(Exception):
    """The mail could not be published; the message says why."""


def render_subject(incident: Mapping[str, Any]) -> str:
    """At most 99 printable ASCII characters."""
    who = _who(incident["principal"])
    return _subject(f"[{incident['status']}] {incident['detection']['title']} - {who}")


def render_alert(incident: Mapping[str, Any]) -> str:
    """The mail's text, of an incident document."""
    acted = bool(incident["actions"])
    lines = [
        *_wrapped(HEADLINES[incident["status"]]),
        *_section("WHAT HAPPENED", _happened(incident)),
        *_section("WHAT WAS DONE", _done(incident)),
        *_section("WHAT WAS NOT DONE, AND WHY", _not_done(incident)),
    ]
    if acted:
        lines += _section("HOW TO VERIFY", _verify(incident["actions"]))
        lines += _section("HOW TO RELEASE, ONCE CLEARED", _release(incident["actions"]))
    else:
        lines += _section("WHAT TO DO", _indented(incident["advice"]))
    lines += ["", *_field("Incident", incident["id"]), *_field("Evidence", f"incidents/{incident['id']}/")]
    return "\n".join(lines) + "\n"


def render_rejected(rejected: Rejected, at: datetime) -> tuple[str, str]:
    """Subject and text of the mail about input that was not acted upon."""
    lines = [
        *_wrapped("The responder received input that does not look like an AWS event, and did not act on it."),
        *_section(
            "WHAT HAPPENED",
            [
                *_field("Reason", hostile.shown(rejected.reason)),
                *_field("Check", rejected.code),
                *_field("Received", moment.iso(at)),
                *_field("Excerpt", hostile.shown(rejected.excerpt, 1000)),
            ],
        ),
        *_section(
            "WHAT TO DO",
            _indented(
                "Identify the sender: in CloudTrail, look for PutEvents and Invoke calls, and for changes to the"
                " rules that invoke the responder. Further input of the same kind within this hour is counted and"
                " recorded, but not mailed."
            ),
        ),
    ]
    subject = _subject(f"[REJECTED] The responder received invalid input: {rejected.code}")
    return subject, "\n".join(lines) + "\n"


def publish(sns: Any, topic_arn: str, subject: str, text: str) -> None:
    """Raises AlertError."""
    try:
        sns.publish(TopicArn=topic_arn, Subject=subject, Message=text)
    except aws.Failed as error:
        raise AlertError(aws.sentence(error)) from error


def _happened(incident: Mapping[str, Any]) -> list[str]:
    principal, what, where, touched = (incident[key] for key in ("principal", "what", "where", "touched"))
    error = f" ({hostile.shown(what['error_code'])})" if what["error_code"] else ""
    call = f"{hostile.shown(what['event_name'])} of {what['event_source']}, {what['outcome']}{error}"
    lines = [
        *_field("Detection", f"{incident['detection']['title']} ({incident['detection']['id']})"),
        *(_field("Level", incident["detection"]["level"]) if incident["detection"].get("level") else []),
        *(_field("Runbook", incident["detection"]["runbook"]) if incident["detection"].get("runbook") else []),
        *(_field("Counted", *_counted(incident["count"])) if incident["count"] else []),
        *(_field("Finding", *_finding(incident["finding"])) if incident["finding"] else []),
        *(_field("Touched", f"{touched['kind']} {touched['name']}", touched["arn"]) if touched["arn"] else []),
        *_field("Who", *_identity(principal)),
        *_field("Call", call, *([hostile.shown(what["error_message"], 600)] if what["error_message"] else [])),
        *_field("When", *_times(incident["when"])),
        *_field("From", f"{hostile.shown(where['source_ip'])}, region {where['region']}", *_agent(where)),
        *_field("Seen by", *(f"{PATHS[path]}, {seen['first_seen']}" for path, seen in incident["paths"].items())),
        *_field("Events", f"{incident['events']}, including {what['event_id']}"),
    ]
    return lines


def _counted(count: Mapping[str, Any]) -> list[str]:
    lines = [f"{count['number']} events within {count['seconds']} s (threshold {count['at_least']})"]
    return lines + [f"same {field}: {hostile.shown(value)}" for field, value in count["group"].items()]


def _finding(finding: Mapping[str, Any]) -> list[str]:
    named = f"{hostile.shown(finding['type'])}, severity {finding['severity']}"
    return [named, hostile.shown(finding["title"], 512), f"id {finding['id']}"]


def _who(principal: Mapping[str, Any]) -> str:
    if principal["session_name"]:
        return f"role {hostile.shown(principal['name'])} session {hostile.shown(principal['session_name'])}"
    if principal["name"]:
        return f"user {hostile.shown(principal['name'], 80)}"
    return hostile.shown(principal["type"])


def _identity(principal: Mapping[str, Any]) -> list[str]:
    facts = [
        ("unique id", principal["unique_id"]),
        ("account", principal["account_id"]),
        ("access key", principal["access_key_id"]),
        ("session issued", principal["session_issued_at"]),
    ]
    known = ", ".join(f"{label} {hostile.shown(value)}" for label, value in facts if value)
    type_, who = hostile.shown(principal["type"]), _who(principal)
    named = who if who == type_ else f"{type_}: {who}"
    return [named, *([hostile.shown(principal["arn"], 700)] if principal["arn"] else []), *([known] if known else [])]


def _agent(where: Mapping[str, Any]) -> list[str]:
    return [f"agent: {hostile.shown(where['user_agent'])}"] if where["user_agent"] else []


def _times(when: Mapping[str, Any]) -> list[str]:
    event = moment.parse(when["event"])
    lines = [f"{when['event']} event"]
    for key in ("received", "contained"):
        at = moment.parse(when[key])
        if event and at:
            lines.append(f"{when[key]} {key}, {(at - event).total_seconds():.1f} s after the event")
    return lines


def _done(incident: Mapping[str, Any]) -> list[str]:
    carried_out = _carried_out(incident["actions"])
    if not carried_out:
        return _indented("Nothing.")
    lines = []
    for action in carried_out:
        seen = "verified" if action["verified"] else "NOT VERIFIED"
        lines += _indented(f"{action['action']}: {action['outcome']}, {seen}, {action['milliseconds']} ms")
        lines += _indented(hostile.shown(action["detail"], 600), 4)
    return lines


def _not_done(incident: Mapping[str, Any]) -> list[str]:
    lines = []
    if not incident["actions"]:
        lines += _indented(f"No containment. {hostile.shown(incident['reason'], 1000)}")
    for action in incident["actions"]:
        if not holds(action):
            lines += _indented(f"{action['action']}: {action['outcome']}")
            lines += _indented(hostile.shown(why_not(action), 1000), 4)
    if incident["trouble"]:
        lines += _indented(hostile.shown(incident["trouble"], 1000))
    return lines + _indented(incident["advice"]) if incident["actions"] else lines


def _verify(actions: Iterable[Mapping[str, Any]]) -> list[str]:
    lines: list[str] = []
    for action in _carried_out(actions):
        lines += _indented(f"{action['action']}: expect {action['check']['answer']}")
        lines += _commands([action["check"]["command"]])
    return lines


def _release(actions: Iterable[Mapping[str, Any]]) -> list[str]:
    lines: list[str] = []
    for action in reversed(_carried_out(actions)):
        inverse = action["inverse"]
        note = f" {inverse['note']}" if inverse["note"] else ""
        lines += _indented(f"{action['action']}:{note}")
        lines += _commands(inverse["commands"])
    return lines


def _carried_out(actions: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [action for action in actions if action["outcome"] in ("done", "already")]


def _commands(commands: Iterable[str]) -> list[str]:
    """Each command on one line if it fits, else continued with backslashes between its arguments, so that it can be
    copied to a shell as it stands."""
    lines: list[str] = []
    for command in commands:
        if len(command) <= COLUMNS - 4:
            lines.append(f"    {command}")
            continue
        words = [shlex.quote(word) for word in shlex.split(command)]
        options = [i for i, word in enumerate(words) if word.startswith("--")]
        parts = [" ".join(words[start:end]) for start, end in pairwise([0, *options, len(words)])]
        lines.append(f"    {parts[0]}")
        for part in parts[1:]:
            lines[-1] += " \\"
            lines.append(f"      {part}")
    return lines


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *lines] if lines else []


def _field(label: str, *texts: str) -> list[str]:
    lines = [line for text in texts for line in _wrapped(text, COLUMNS - _LABEL - 2)]
    return [f"  {label if i == 0 else '':<{_LABEL}}{line}" for i, line in enumerate(lines)]


def _indented(text: str, by: int = 2) -> list[str]:
    return [" " * by + line for line in _wrapped(text, COLUMNS - by)]


def _wrapped(text: str, width: int = COLUMNS) -> list[str]:
    """Lines of at most `width`. A word that is too long, such as an ARN, is broken after `:` or `/` where it can be."""
    lines: list[str] = []
    for line in textwrap.wrap(hostile.printable(text), width, break_long_words=False, break_on_hyphens=False):
        while len(line) > width:
            end = max(line.rfind(":", 0, width), line.rfind("/", 0, width)) + 1 or width
            lines.append(line[:end])
            line = line[end:]
        lines.append(line)
    return lines


def _subject(text: str) -> str:
    text = hostile.printable(text)
    return text if len(text) <= MAX_SNS_SUBJECT_CHARACTERS else f"{text[: MAX_SNS_SUBJECT_CHARACTERS - 3]}..."
