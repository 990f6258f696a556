"""The demo's story: a thief with a stolen key touches a decoy. The timeline comes from the lab's journal."""

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

THIEF_IP = "203.0.113.66"  # TEST-NET-3, reserved for documentation
THIEF_AGENT = "aws-cli/2.31.11 md/prompt#off md/command#secretsmanager.get-secret-value"
VICTIM = "ci-deployer"
ORDINARY_WORK = {
    "Effect": "Allow",
    "Action": ["secretsmanager:*", "sts:GetSessionToken", "s3:ListAllMyBuckets"],
    "Resource": "*",
}


@dataclass(frozen=True)
class Moment:
    """An event of the timeline, `at` seconds since the epoch."""

    at: float
    what: str


@dataclass(frozen=True)
class Comparison:
    """What one notification reported: seconds after the thief's call, and whether it contained each fact."""

    way: str
    seconds: float
    reported: Mapping[str, bool]


@dataclass(frozen=True)
class Story:
    incident: Mapping[str, Any]
    moments: tuple[Moment, ...]
    comparisons: tuple[Comparison, ...]
    mail: Mapping[str, Any]
    stolen: str
    denials: Mapping[str, str]


def play(lab: StackLab, begin: Callable[[str], None]) -> Story:
    """Play the story in a lab in which the stack is up; `begin` receives a line per act.

    Raises:
        LabTimeoutError: an expected event did not happen.
    """
    lab.emulator.settle()  # events that the deployment caused are delivered
    decoy = lab.config.decoys_of(SecretDecoy)[0]
    region = decoy.region or lab.config.home
    key = lab.user(VICTIM, ORDINARY_WORK, password="Correct-Horse-7-Battery")  # noqa: S106 (a user of the lab)

    begin(f"A thief with the key of {VICTIM} lists secrets")
    thief = _Thief(lab, key)
    session = _Thief(lab, thief.session())
    secrets = thief.call("secretsmanager", region, "list_secrets")["SecretList"]
    found = next(secret["Name"] for secret in secrets if secret["Name"] == decoy.name)

    begin(f"The thief reads {found}")
    called = time.time()
    stolen = thief.call("secretsmanager", region, "get_secret_value", SecretId=found)["SecretString"]

    lab.wait_for("the incident contained", lambda: _contained(lab))
    begin("The thief tries again, by key and by session")
    denials = {
        "by session": session.denied("secretsmanager", region, "list_secrets"),
        "by key": thief.denied("secretsmanager", region, "list_secrets"),
    }

    begin("The log path: log group, filter, alarm")
    incident = lab.wait_for("the log path in the same incident", lambda: _seen_by_both(lab))
    mail = lab.wait_for("the alert", lambda: _alert(lab))
    alarm = lab.names.detection(incident["detection"]["id"])
    alarm_mail = lab.wait_for("the alarm's mail", lambda: _alarm_mail(lab, alarm))
    journal = lab.emulator.journal()
    searched = _searched_at(journal, incident, _alarmed_at(journal, alarm))
    return Story(
        incident=incident,
        moments=_moments(journal, incident, called, session.first_denied_at, mail, alarm, alarm_mail, searched),
        comparisons=_comparisons(journal, incident, called, mail, alarm_mail, searched, decoy),
        mail=mail,
        stolen=stolen,
        denials=denials,
    )


class _Thief:
    """A caller with stolen credentials and a foreign address."""

    def __init__(self, lab: StackLab, credentials: Credentials) -> None:
        self._lab = lab
        self._credentials = credentials
        self.first_denied_at = 0.0

    def session(self) -> Credentials:
        """Return a session of the key, which outlives the key (docs/aws-facts.md, key-deactivation-leaves-sessions)."""
        issued = self.call("sts", self._lab.config.home, "get_session_token")["Credentials"]
        return Credentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])

    def call(self, service: str, region: str, operation: str, **parameters: Any) -> dict[str, Any]:
        client = self._lab.emulator.client(service, region, self._credentials, THIEF_IP, THIEF_AGENT)
        return getattr(client, operation)(**parameters)

    def denied(self, service: str, region: str, operation: str) -> str:
        """Return AWS's answer to a call that must be denied.

        Raises:
            LabTimeoutError: the call succeeds.
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
    """Return the incident whose read of the secret both paths report.

    AWS's own Decrypt is in the same incident, and the log path may find it before the read.
    """
    return next((incident for incident in _contained(lab) if _reported_by_both(incident)), None)


def _reported_by_both(incident: Mapping[str, Any]) -> bool:
    paths, event_id = incident["paths"], incident["what"]["event_id"]
    return all(event_id in paths.get(path, {"event_ids": ()})["event_ids"] for path in ("E", "L"))


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
    searched: float,
) -> tuple[Moment, ...]:
    event_id = incident["what"]["event_id"]
    record = next(e for e in journal if e["kind"] == "record" and e["record"]["eventID"] == event_id)
    matched = next(e for e in journal if e["kind"] == "rule" and e["event_id"] == event_id)
    rung = _alarmed_at(journal, alarm)
    # The event path, then the log path: on a slow machine the alarm fires before the thief tries again.
    return (
        Moment(called, f"{incident['principal']['name']} calls {incident['what']['event_name']} on the decoy"),
        Moment(record["time"], "CloudTrail has the record"),
        Moment(matched["time"], f"event path: the rule {matched['rule']} matches"),
        Moment(_epoch(incident["when"]["received"]), "the responder starts"),
        Moment(_epoch(incident["when"]["contained"]), "contained, and verified by reading IAM again"),
        Moment(mail["time"], f"mail to {mail['to']}: {mail['subject']}"),
        Moment(denied, "the thief's next calls are denied by IAM"),
        Moment(rung, f"log path: the alarm {alarm} fires"),
        Moment(alarm_mail["time"], f"mail to {alarm_mail['to']}: {alarm_mail['subject']}"),
        Moment(searched, "log path: the responder finds the same event; one incident"),
    )


def _alarmed_at(journal: Iterable[Mapping[str, Any]], alarm: str) -> float:
    return next(e["time"] for e in journal if e["kind"] == "alarm" and (e["name"], e["new"]) == (alarm, "ALARM"))


def _searched_at(journal: Iterable[Mapping[str, Any]], incident: Mapping[str, Any], rung: float) -> float:
    """Return when the responder, after the alarm, searched the log group for the call.

    The alarm for AWS's own Decrypt starts another search, before or after this one.
    """
    name = incident["what"]["event_name"]
    return next(
        e["time"]
        for e in journal
        if e["kind"] == "record"
        and e["time"] >= rung
        and e["record"]["eventName"] == "FilterLogEvents"
        and name in e["record"]["requestParameters"]["filterPattern"]
    )


def _comparisons(
    journal: Iterable[Mapping[str, Any]],
    incident: Mapping[str, Any],
    called: float,
    mail: Mapping[str, Any],
    alarm_mail: Mapping[str, Any],
    searched: float,
    decoy: SecretDecoy,
) -> tuple[Comparison, ...]:
    def facts_in(text: str) -> dict[str, bool]:
        return {
            "user": VICTIM in text,
            "IP": THIEF_IP in text,
            "agent": THIEF_AGENT.split()[0] in text,
            "decoy": decoy.name in text,
        }

    event_id = incident["what"]["event_id"]
    found = next(e["record"] for e in journal if e["kind"] == "record" and e["record"]["eventID"] == event_id)
    return (
        Comparison("event path: the responder's mail", mail["time"] - called, facts_in(mail["body"])),
        Comparison("log path: the alarm's mail", alarm_mail["time"] - called, facts_in(alarm_mail["body"])),
        Comparison(
            "log path: after the log search",
            searched - called,
            facts_in(json.dumps(found)),
        ),
    )


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
