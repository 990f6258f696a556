"""The demo's story: a stolen key, a decoy, a fall. What happened is taken from the lab's journal, not from a script."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from deadfall.decoys.secret import SecretDecoy
from deadfall.lab.emulator import Credentials
from deadfall.lab.lab import LabTimeoutError
from deadfall.stack_lab import StackLab

THIEF_IP = "203.0.113.66"  # TEST-NET-3: nobody's address
THIEF_AGENT = "aws-cli/2.31.11 md/prompt#off md/command#secretsmanager.get-secret-value"
VICTIM = "ci-deployer"
ORDINARY_WORK = {
    "Effect": "Allow",
    "Action": ["secretsmanager:*", "sts:GetSessionToken", "s3:ListAllMyBuckets"],
    "Resource": "*",
}


@dataclass(frozen=True)
class Moment:
    """Something that happened, `at` seconds since the epoch."""

    at: float
    what: str


@dataclass(frozen=True)
class Comparison:
    """What one way of being told gave: seconds after the attacker's call, and which facts it named."""

    way: str
    seconds: float
    told: Mapping[str, bool]


@dataclass(frozen=True)
class Story:
    incident: Mapping[str, Any]
    moments: tuple[Moment, ...]
    comparisons: tuple[Comparison, ...]
    mail: Mapping[str, Any]
    stolen: str
    denials: Mapping[str, str]


def play(lab: StackLab, tell: Callable[[str], None]) -> Story:
    """Let it happen in a lab in which the stack is up; `tell` gets a line per act.

    Raises:
        LabTimeoutError: something that should have happened did not.
    """
    lab.emulator.settle()  # what the deployment itself caused is over
    decoy = lab.config.decoys_of(SecretDecoy)[0]
    region = decoy.region or lab.config.home
    key = lab.user(VICTIM, ORDINARY_WORK, password="Correct-Horse-7-Battery")  # noqa: S106 (a user of the lab)

    tell(f"A thief with the key of {VICTIM} looks around")
    thief = _Thief(lab, key)
    session = _Thief(lab, thief.session())
    secrets = thief.call("secretsmanager", region, "list_secrets")["SecretList"]
    found = next(secret["Name"] for secret in secrets if secret["Name"] == decoy.name)

    tell(f"The thief reads {found}")
    called = time.time()
    stolen = thief.call("secretsmanager", region, "get_secret_value", SecretId=found)["SecretString"]

    lab.wait_for("the incident contained", lambda: _contained(lab))
    tell("The thief goes on, by key and by session")
    denials = {
        "by session": session.denied("secretsmanager", region, "list_secrets"),
        "by key": thief.denied("secretsmanager", region, "list_secrets"),
    }

    tell("The slower path: log group, filter, alarm")
    incident = lab.wait_for("path L in the same incident", lambda: _seen_by_both(lab))
    mail = lab.wait_for("the alert", lambda: _alert(lab))
    alarm = lab.names.detection(incident["detection"]["id"])
    alarm_mail = lab.wait_for("the alarm's mail", lambda: _alarm_mail(lab, alarm))
    journal = lab.emulator.journal()
    return Story(
        incident=incident,
        moments=_moments(journal, incident, called, session.first_denied_at, mail, alarm, alarm_mail),
        comparisons=_comparisons(journal, incident, called, mail, alarm_mail, decoy),
        mail=mail,
        stolen=stolen,
        denials=denials,
    )


class _Thief:
    """Whoever holds these credentials, calling from far away."""

    def __init__(self, lab: StackLab, credentials: Credentials) -> None:
        self._lab = lab
        self._credentials = credentials
        self.first_denied_at = 0.0

    def session(self) -> Credentials:
        """A session of the key: deactivating the key does not end it (research: response.md 2.1)."""
        issued = self.call("sts", self._lab.config.home, "get_session_token")["Credentials"]
        return Credentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])

    def call(self, service: str, region: str, operation: str, **parameters: Any) -> dict[str, Any]:
        client = self._lab.emulator.client(service, region, self._credentials, THIEF_IP, THIEF_AGENT)
        return getattr(client, operation)(**parameters)

    def denied(self, service: str, region: str, operation: str) -> str:
        """What AWS answers to a call that must fail.

        Raises:
            LabTimeoutError: it succeeds.
        """
        try:
            self.call(service, region, operation)
        except ClientError as error:
            self.first_denied_at = time.time()
            return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
        raise LabTimeoutError(f"{operation} of the contained principal was not denied.")


def _contained(lab: StackLab) -> list[Mapping[str, Any]]:
    return [i for i in lab.incidents() if i["status"] == "CONTAINED" and i["alert"]["outcome"] == "sent"]


def _seen_by_both(lab: StackLab) -> Mapping[str, Any] | None:
    return next((i for i in _contained(lab) if i["paths"].keys() == {"E", "L"}), None)


def _alert(lab: StackLab) -> Mapping[str, Any] | None:
    return next((mail for mail in lab.mails(lab.config.alert_emails[0]) if VICTIM in mail["subject"]), None)


def _alarm_mail(lab: StackLab, alarm: str) -> Mapping[str, Any] | None:
    return next((mail for mail in lab.mails(lab.config.alarm_addresses[0]) if alarm in mail["subject"]), None)


def _moments(
    journal: Iterable[Mapping[str, Any]],
    incident: Mapping[str, Any],
    called: float,
    denied: float,
    mail: Mapping[str, Any],
    alarm: str,
    alarm_mail: Mapping[str, Any],
) -> tuple[Moment, ...]:
    event_id = incident["what"]["event_id"]
    record = next(e for e in journal if e["kind"] == "record" and e["record"]["eventID"] == event_id)
    matched = next(e for e in journal if e["kind"] == "rule" and e["event_id"] == event_id)
    rung = next(e for e in journal if e["kind"] == "alarm" and (e["name"], e["new"]) == (alarm, "ALARM"))
    moments = [
        Moment(called, f"{incident['principal']['name']} calls {incident['what']['event_name']} on the decoy"),
        Moment(record["time"], "CloudTrail has the record"),
        Moment(matched["time"], f"path E: the rule {matched['rule']} matches"),
        Moment(_epoch(incident["when"]["received"]), "the responder starts"),
        Moment(_epoch(incident["when"]["contained"]), "contained, and verified by reading IAM again"),
        Moment(mail["time"], f"mail to {mail['to']}: {mail['subject']}"),
        Moment(denied, "the thief's next calls are denied by IAM"),
        Moment(rung["time"], f"path L: the alarm {alarm} goes off"),
        Moment(alarm_mail["time"], f"mail to {alarm_mail['to']}: {alarm_mail['subject']}"),
        Moment(
            _epoch(incident["paths"]["L"]["first_seen"]), "path L: the responder found the same event, one incident"
        ),
    ]
    return tuple(sorted(moments, key=lambda moment: moment.at))


def _comparisons(
    journal: Iterable[Mapping[str, Any]],
    incident: Mapping[str, Any],
    called: float,
    mail: Mapping[str, Any],
    alarm_mail: Mapping[str, Any],
    decoy: SecretDecoy,
) -> tuple[Comparison, ...]:
    def told(text: str) -> dict[str, bool]:
        return {
            "user": VICTIM in text,
            "IP": THIEF_IP in text,
            "agent": THIEF_AGENT.split()[0] in text,
            "decoy": decoy.name in text,
        }

    found = set(incident["paths"]["L"]["event_ids"])
    looked_up = [e["record"] for e in journal if e["kind"] == "record" and e["record"]["eventID"] in found]
    return (
        Comparison("path E: the responder's mail", mail["time"] - called, told(mail["body"])),
        Comparison("path L: the alarm's mail", alarm_mail["time"] - called, told(alarm_mail["body"])),
        Comparison(
            "path L: after the look-up in the log group",
            _epoch(incident["paths"]["L"]["first_seen"]) - called,
            told(json.dumps(looked_up)),
        ),
    )


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
