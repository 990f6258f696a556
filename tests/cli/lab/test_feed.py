"""Each line of the feed describes its event in one line of printable ASCII, whatever values callers choose."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from deadfall.cli.lab import screen
from deadfall.cli.lab.feed import RENDERERS, Line, lines
from deadfall.printable import printable

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:account-audit-responder"
RECORD: dict[str, Any] = {
    "userIdentity": {"type": "IAMUser", "userName": "mallory"},
    "eventName": "GetSecretValue",
    "awsRegion": "eu-west-1",
    "errorCode": None,
    "userAgent": "evil/1",
    "requestParameters": {"secretId": "prod/billing/postgres"},
}
INCIDENT: dict[str, Any] = {
    "id": "20261121T090327Z-b6bac93a784d",
    "status": "CONTAINED",
    "principal": {"name": "mallory"},
    "touched": {"name": "prod/billing/postgres"},
    "when": {
        "event": "2026-11-21T09:03:27.000Z",
        "received": "2026-11-21T09:03:27.840Z",
        "contained": "2026-11-21T09:03:27.945Z",
    },
    "paths": {"E": {"first_seen": "2026-11-21T09:03:27.840Z"}},
    "actions": [{"action": "deny-user", "outcome": "done"}, {"action": "deactivate-keys", "outcome": "failed"}],
}
CASES: list[tuple[str, dict[str, Any], str | None]] = [
    ("record", {"record": RECORD}, "mallory                  GetSecretValue         eu-west-1  prod/billing/postgres"),
    (
        "record",
        {"record": {**RECORD, "errorCode": "AccessDenied", "requestParameters": None}},
        "mallory                  GetSecretValue         eu-west-1  AccessDenied",
    ),
    ("rule", {"rule": "access", "region": "eu-west-1"}, "access matched in eu-west-1"),
    (
        "target",
        {"rule": "access", "target": ARN, "outcome": "delivered"},
        "lambda account-audit-responder received the event from access",
    ),
    (
        "target",
        {"rule": "access", "target": ARN, "outcome": "failed", "reason": "NO_PERMISSIONS: no"},
        "lambda account-audit-responder did not receive the event: NO_PERMISSIONS: no",
    ),
    (
        "dead-letter",
        {"rule": "access", "queue": "arn:aws:sqs:eu-west-1:111122223333:dead", "outcome": "queued", "reason": "why"},
        "event of access sent to sqs dead: why",
    ),
    (
        "dead-letter",
        {"rule": "access", "queue": None, "outcome": "lost", "reason": "why"},
        "event of access lost: why",
    ),
    ("filter", {"name": "access", "log_group": "/trail"}, "access matched in /trail"),
    ("alarm", {"name": "access", "old": "OK", "new": "ALARM"}, "access OK -> ALARM"),
    ("alarm", {"name": "access", "old": "INSUFFICIENT_DATA", "new": "OK"}, None),
    ("alarm-action", {"name": "access", "action": "arn:aws:sns:eu-west-1:1:t", "outcome": "delivered"}, None),
    (
        "alarm-action",
        {"name": "access", "action": "arn:aws:sns:eu-west-1:1:t", "outcome": "refused"},
        "access: sns t refused",
    ),
    ("mail", {"to": "soc@example.com", "subject": "[CONTAINED] it"}, "to soc@example.com: [CONTAINED] it"),
    ("trail", {"trail": "t", "outcome": "delivered", "reason": None}, None),
    ("trail", {"trail": "t", "outcome": "failed", "reason": "why"}, "t could not deliver: why"),
    ("refused", {"service": "iam", "operation": "PutRolePolicy", "reason": "why"}, "iam:PutRolePolicy: why"),
    ("unlogged", {"function": "f", "reason": "why"}, "log lines of f lost: why"),
    ("undelivered", {"event_id": "e"}, "the lab could not deliver e; see its log"),
    ("undelivered", {"alarm": "a", "reason": "why"}, "the lab could not deliver a; see its log"),
]


def entry(kind: str, details: dict[str, Any], seq: int = 1) -> dict[str, Any]:
    return {"seq": seq, "time": 1_800_000_000.0 + seq, "kind": kind, **details}


def test_each_kind_has_a_case():
    assert {kind for kind, _, _ in CASES} == RENDERERS.keys()


@pytest.mark.parametrize(("kind", "details", "text"), CASES)
def test_a_line_says_what_happened(kind: str, details: dict[str, Any], text: str | None):
    assert [line.text for line in lines([entry(kind, details)], [], "responder")] == ([text] if text else [])


def test_an_incident_says_what_was_done_and_once_more_when_the_other_path_has_it():
    (line,) = lines([], [INCIDENT], "responder")
    assert line.text == "CONTAINED  mallory touched prod/billing/postgres: deny-user done, deactivate-keys failed"
    seen = {**INCIDENT["paths"], "L": {"first_seen": "2026-11-21T09:03:29.000Z"}}
    first, second = lines([], [{**INCIDENT, "paths": seen}], "responder")
    assert first.key == line.key
    assert second.text == "also detected on the log path: mallory touched prod/billing/postgres"
    assert second.at > first.at


def test_a_change_of_an_incident_is_another_line():
    (before,) = lines([], [INCIDENT], "responder")
    (after,) = lines([], [{**INCIDENT, "status": "PARTIAL"}], "responder")
    assert before.key != after.key


def test_lines_are_in_the_order_of_time():
    entries = [entry("rule", {"rule": str(seq), "region": "r"}, seq) for seq in (3, 1, 2)]
    assert [line.text[0] for line in lines(entries, [], "responder")] == ["1", "2", "3"]


def test_the_responders_own_calls_stand_back():
    def style(arn: str) -> str:
        identity = {"type": "AssumedRole", "arn": arn}
        (line,) = lines([entry("record", {"record": {**RECORD, "userIdentity": identity}})], [], "responder")
        return line.style

    assert style("arn:aws:sts::1:assumed-role/responder/responder") == "dim"
    assert style("arn:aws:sts::1:assumed-role/responder/somebody") == ""
    assert style("arn:aws:sts::1:assumed-role/other/other") == ""


HOSTILE = st.text(
    st.characters() | st.sampled_from("\x00\x07\x08\x1b\r\n\t\x7f\x9b\u202e\u200b\u2028[]/")
) | st.sampled_from(["\x1b[2J\x1b]0;owned\x07", "[bold red]x[/]", "a\rb", "\ud800", "x" * 1_000, "\u202emoc.live"])
VALUE = (
    HOSTILE | st.none() | st.integers() | st.lists(HOSTILE, max_size=2) | st.dictionaries(HOSTILE, HOSTILE, max_size=2)
)


def hostile_record() -> st.SearchStrategy[dict[str, Any]]:
    identity = st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("type", "arn", "userName", "invokedBy"), HOSTILE)
    ) | st.builds(lambda arn: {"type": "AssumedRole", "arn": f"arn:aws:sts::1:assumed-role/{arn}"}, HOSTILE)
    fields = dict.fromkeys(("eventName", "awsRegion", "errorCode", "userAgent"), VALUE)
    parameters = st.none() | st.dictionaries(HOSTILE, VALUE, max_size=3)
    return st.fixed_dictionaries({**fields, "userIdentity": identity, "requestParameters": parameters})


def hostile_entries() -> st.SearchStrategy[dict[str, Any]]:
    def filled(kind: str, details: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        if kind == "record":
            return st.builds(lambda record: entry(kind, {"record": record}), hostile_record())
        fixed = {key: st.just(value) if key in ("outcome", "old", "new") else HOSTILE for key, value in details.items()}
        return st.builds(lambda details: entry(kind, details), st.fixed_dictionaries(fixed))

    return st.one_of([filled(kind, details) for kind, details, _ in CASES])


def shown(line: Line, **options: Any) -> str:
    out = io.StringIO()
    screen.show_line(Console(file=out, **options), line)
    return out.getvalue()


@given(hostile_entries(), HOSTILE)
def test_no_entry_reaches_the_terminal_as_it_is(hostile: dict[str, Any], responder: str):
    for line in lines([hostile], [], responder):
        assert all(" " <= char <= "~" for char in line.text)
        assert len(line.text) < 400
        plain = shown(line, width=80)
        assert plain.endswith(f"{line.kind:<8}  {line.text}\n")  # in one line, and no markup was taken for such
        assert json.loads(json.dumps(line.data)) is not None
        coloured = shown(line, width=60, force_terminal=True, color_system=None)
        assert coloured.count("\n") == 1 and len(coloured) <= 61


@given(st.fixed_dictionaries(dict.fromkeys(("status", "who", "touched", "action", "outcome"), HOSTILE)))
def test_no_incident_does(hostile: dict[str, str]):
    incident = {
        **INCIDENT,
        "status": hostile["status"],
        "principal": {"name": hostile["who"]},
        "touched": {"name": hostile["touched"]},
        "actions": [{"action": hostile["action"], "outcome": hostile["outcome"]}],
    }
    (line,) = lines([], [incident], "responder")
    assert all(" " <= char <= "~" for char in line.text)
    assert len(line.text) < 400


@given(HOSTILE, st.integers(10, 50))
def test_what_is_printable_is_short_and_plain(text: str, limit: int):
    safe = printable(text, limit)
    assert all(" " <= char <= "~" for char in safe)
    assert len(safe) <= limit
    if len(text) <= limit and all(" " <= char <= "~" for char in text):
        assert safe == text
