"""One invocation: parse → resolve → decide → act → verify → record → tell, for path E and path L alike."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from . import alert, evidence, incident, log, metrics, moment, path_l, prior_state
from .aws import Aws, Failed, sentence
from .containment import Containment, PriorStateError, contain
from .count import Group, Occurrence, Reached, enough_on_a_side, group_of, reached
from .decide import Contain, Observe, decide
from .decoy_match import MatchedTarget, NotConfirmed, match_decoy
from .event_history import EventHistory, Unconfirmed
from .ledger import Ledger, LedgerError
from .manifest import Count, Manifest
from .parse import Alarm, Ignored, Rejected, Sighting, parse
from .principal import Principal, of_finding, resolve
from .quarantine import Found
from .settings import Settings

ADDRESS_PAUSES = (0.5, 0.5, 1.0, 1.0, 2.0)
"""Seconds. The KMS Decrypt behind a secret's read names a service in place of the caller's address; when it is
delivered first, the record of the read itself is seconds behind (not verified on AWS)."""


COUNTS_KEPT = timedelta(days=2)
"""Beyond two windows, for deliveries that are late: EventBridge tries for 24 hours, and Lambda for one."""

UNCONFIRMED_ADVICE = (
    "The responder checks again when Lambda retries (twice within minutes), and contains the caller if CloudTrail has"
    " the event by then. If no further mail arrives, look the event up by hand (aws cloudtrail lookup-events"
    " --lookup-attributes AttributeKey=EventId,AttributeValue=<event id>). If CloudTrail has it, contain the caller by"
    " hand. If not, the caller named here may be innocent: check which principals may call logs:PutLogEvents on the"
    " trail's log group."
)

TOLD_PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds. Another delivery that has the mail in hand waits for the address, publishes, and reports; then it must have
ended."""


class ContainmentFailed(Exception):  # noqa: N818 - not an error of ours: what happened, as the dead letter shows it
    """A principal that had to be contained is not, or not wholly. Everything was recorded and told; it is raised so
    that Lambda runs the idempotent plan again and, in the end, puts the event into the dead-letter queue, whose alarm
    pages."""


class NotRecordedError(Exception):
    """What had to be done was done, but ledger or evidence could not be written, or nobody was told for sure: raised so
    that Lambda tries again."""


def respond(
    payload: object, settings: Settings, manifest: Manifest, aws: Aws, now: Callable[[], datetime] | None = None
) -> dict[str, Any]:
    """Handle what the function was invoked with.

    Returns {"outcome": "handled" | "counted" | "ignored" | "rejected" | "not confirmed" | "not matched",
    "incidents": [{"id", "status"}]}. Input that can't be acted upon returns normally. Raises ContainmentFailed and
    NotRecordedError, after everything else was done.
    """
    invocation = _Invocation(settings, manifest, aws, now or (lambda: datetime.now(UTC)))
    try:
        return invocation.handle(parse(payload, settings, manifest))
    finally:
        invocation.metrics.publish(aws.cloudwatch, settings.prefix)


class _Invocation:
    def __init__(self, settings: Settings, manifest: Manifest, aws: Aws, now: Callable[[], datetime]) -> None:
        self.settings = settings
        self.manifest = manifest
        self.aws = aws
        self.now = now
        self.received = now()
        self.ledger = Ledger(aws.dynamodb, settings.ledger_table)
        self.event_history = EventHistory(aws.cloudtrail, settings)
        self.metrics = metrics.Metrics()
        self.incidents: list[dict[str, str]] = []
        self.not_contained: list[str] = []
        self.not_recorded: list[str] = []

    def handle(self, parsed: Sighting | Alarm | Ignored | Rejected) -> dict[str, Any]:
        match parsed:
            case Ignored():
                log.line("info", "ignored", reason=parsed.reason)
                outcome = "ignored"
            case Rejected():
                outcome = self._reject(parsed)
            case Sighting():
                outcome = self._sighted(parsed)
            case Alarm():
                outcome = self._alarmed(parsed)
        if self.not_contained:
            raise ContainmentFailed("; ".join([*self.not_contained, *self.not_recorded]))
        if self.not_recorded:
            raise NotRecordedError("; ".join(self.not_recorded))
        return {"outcome": outcome, "incidents": self.incidents}

    def _sighted(self, sighting: Sighting, counted: Reached | None = None) -> str:
        """`counted` is what the ledger says of a sighting that was counted before."""
        record, detection = sighting.record, sighting.detection
        touched = match_decoy(record, detection)
        if isinstance(touched, NotConfirmed):
            if touched.disagrees and sighting.path in detection.supersets:
                log.line("info", "not matched", detection=detection.id, event=record.event_id)
                return "not matched"
            if touched.disagrees:
                return self._reject(Rejected("disagreement", touched.reason, f"{detection.id} {record.event_id}"))
            return self._near_miss(sighting, touched)
        if detection.count and counted is None:
            counted = self._count(sighting, detection.count)
            if counted is None:
                return "counted"
        principal = _principal(sighting)
        decision = decide(sighting, principal, self.settings, self.manifest)
        touched = _touched(sighting, touched, counted)
        fact = incident.sighting_fact(sighting, touched, principal, decision, self.received, counted)
        key = self._key(sighting, principal, counted.group.key if counted else touched.key)
        self._incident(key, record.event_time, fact, decision if isinstance(decision, Contain) else None, principal)
        return "handled"

    def _key(self, sighting: Sighting, principal: Principal, what: str) -> str:
        """A finding is one incident, and so is a group that reached its count, whoever is in it; but what is to be done
        about a principal is kept by principal."""
        whoever = sighting.finding or (sighting.detection.count and sighting.detection.response != "contain")
        return incident.key(self.settings.account_id, "" if whoever else principal.key, what)

    def _count(self, sighting: Sighting, count: Count) -> Reached | None:
        try:
            group, occurrence = self._counted(sighting, count)
            return self._reached(count, group, occurrence)
        except LedgerError as error:
            self._not_recorded("ledger", f"event {sighting.record.event_id} could not be counted: {error}")
            return None

    def _counted(self, sighting: Sighting, count: Count) -> tuple[Group, Occurrence]:
        """Raises LedgerError."""
        record = sighting.record
        group = group_of(sighting.detection, count, record.fields)
        event_id = sighting.finding.id if sighting.finding else record.event_id
        occurrence = Occurrence(record.event_time, event_id)
        self.ledger.count(group, occurrence, self.received + 2 * timedelta(seconds=count.seconds) + COUNTS_KEPT)
        log.line("info", "counted", detection=sighting.detection.id, event=record.event_id, group=str(group))
        return group, occurrence

    def _reached(self, count: Count, group: Group, occurrence: Occurrence) -> Reached | None:
        """Raises LedgerError."""
        window = timedelta(seconds=count.seconds)
        near = self.ledger.counted(group, occurrence, window, enough_on_a_side(count))
        return reached(count, group, occurrence, near)

    def _alarmed(self, alarm: Alarm) -> str:
        try:
            search = path_l.search(alarm, self.aws.logs, self.settings)
        except path_l.SearchError as error:
            self._unexplained(alarm, "FAILED", f"The alarm fired, but the search for its event failed: {error}")
            self.not_contained.append(f"the search for the event behind {alarm.name} failed: {error}")
            return "handled"
        log.line("info", "alarm searched", alarm=alarm.name, said=search.said)
        if not search.found:
            self._unexplained(alarm, "OBSERVED", f"The alarm fired, but its event was not found: {search.said}")
        elif alarm.detection.count:
            self._alarmed_of_many(alarm, search, alarm.detection.count)
            return "handled"
        elif not search.complete:
            self._unexplained(alarm, "OBSERVED", f"The alarm fired for more events than were read: {search.said}")
        for found in search.found:
            if isinstance(found, Rejected):
                self._reject(found)
            else:
                self._found(found)
        return "handled"

    def _alarmed_of_many(self, alarm: Alarm, search: path_l.Search, count: Count) -> None:
        """An alarm counts all groups together: only of a group that reached the count there is an incident. All events
        are counted before any is judged, and of each incident the latest one tells.

        Where somebody may be contained for the count, a line counts only if CloudTrail's own record says the same:
        forged lines would make one true event enough.
        """
        counted: list[tuple[Sighting, Group, Occurrence]] = []
        doubts: list[str] = []
        incidents: dict[str, tuple[Sighting, Reached]] = {}
        try:
            for found in search.found:
                if isinstance(found, Rejected):
                    self._reject(found)
                    continue
                sighting: Sighting | Unconfirmed = found
                if found.detection.response == "contain" and not _misses(found):
                    sighting = self._confirmed(found)
                if isinstance(sighting, Unconfirmed):
                    doubts.append(sighting.reason)
                elif _misses(sighting):
                    self._sighted(sighting)
                else:
                    counted.append((sighting, *self._counted(sighting, count)))
            for sighting, group, occurrence in sorted(counted, key=lambda each: each[2], reverse=True):
                key = self._key(sighting, _principal(sighting), group.key)
                if key not in incidents and (enough := self._reached(count, group, occurrence)):
                    incidents[key] = sighting, enough
        except LedgerError as error:
            self._not_recorded("ledger", f"the events behind {alarm.name} could not be counted: {error}")
            return
        for sighting, enough in incidents.values():
            self._sighted(sighting, enough)
        is_explained = "L" in alarm.detection.supersets and search.complete and not doubts
        if incidents or is_explained:
            return
        group = " and ".join(count.group_by) or f"window of {count.seconds} s"
        reason = f"The alarm counts all events together, but no single {group} reached {count.at_least}: {search.said}"
        if doubts:
            reason += f" {len(doubts)} of them were not counted: {doubts[0]}"
            self.not_contained.append(f"{len(doubts)} of the events behind {alarm.name} are not confirmed: {doubts[0]}")
        self._unexplained(alarm, "OBSERVED", reason, quiet=search.complete and not doubts)

    def _confirmed(self, sighting: Sighting) -> Sighting | Unconfirmed:
        own = self.event_history.confirm(sighting.record)
        return own if isinstance(own, Unconfirmed) else replace(sighting, record=own)

    def _found(self, sighting: Sighting) -> None:
        """Handle a line of the log group like a sighting of path E, if nobody is to be contained for it or CloudTrail's
        own record, which then takes its place, says the same."""
        touched = match_decoy(sighting.record, sighting.detection)
        principal = resolve(sighting.record.user_identity)
        if isinstance(touched, NotConfirmed) or not isinstance(
            decide(sighting, principal, self.settings, self.manifest), Contain
        ):
            self._sighted(sighting)
            return
        own = self.event_history.confirm(sighting.record)
        if isinstance(own, Unconfirmed):
            reason = own.reason
        elif match_decoy(own, sighting.detection) != touched:
            reason = "CloudTrail's own record of this event does not touch the decoy: the log line is forged."
        else:
            self._sighted(replace(sighting, record=own))
            return
        doubted = replace(sighting, path=incident.UNCONFIRMED)
        fact = incident.sighting_fact(
            doubted, touched, principal, Observe("OBSERVED", reason, UNCONFIRMED_ADVICE), self.received
        )
        key = incident.key(self.settings.account_id, principal.key, touched.key)
        self._incident(key, sighting.record.event_time, fact, None, None)
        if self.incidents[-1]["status"] != "CONTAINED":
            self.not_contained.append(f"event {sighting.record.event_id} is not confirmed: {reason}")

    def _unexplained(self, alarm: Alarm, status: str, reason: str, quiet: bool = False) -> None:
        advice = (
            f"Search the log group {self.settings.trail_log_group} by hand with the pattern of the metric filter"
            f" {alarm.name}, from 15 minutes before the alarm. Check that the filter, the trail and the alarm were not"
            " changed."
        )
        quiet = quiet or alarm.detection.response == "observe"
        fact = incident.alarm_fact(alarm, status, reason, advice, self.received, self.settings.home_region, quiet)
        key = incident.key(self.settings.account_id, alarm.name, alarm.detection.id)
        self._incident(key, alarm.at, fact, None, None)

    def _incident(
        self,
        key: str,
        event_time: datetime,
        fact: dict[str, Any],
        plan: Contain | None,
        principal: Principal | None,
    ) -> None:
        """Join or begin the incident, act if need be, record, tell. An outage of the ledger blocks none but the
        record."""
        incident_id, facts, outage = incident.incident_id(key, event_time), incident.Facts(), None
        try:
            incident_id = self.ledger.join(key, event_time)
            facts = self.ledger.load(incident_id)
            self.ledger.add_sighting(incident_id, fact, facts)
        except LedgerError as error:
            outage = str(error)

        run = None
        if plan and principal and not incident.covers(facts, event_time):
            keep = self._keeper(incident_id, principal, outage)
            containment = contain(plan, principal, incident_id, self.aws.iam, keep, self.now)
            finished = self.now()
            run = incident.run_fact(containment, finished, self.received)
            self._count_run(containment, facts, finished, event_time, incident_id)
            try:
                if outage is None:
                    self.ledger.add_run(incident_id, run, facts)
            except LedgerError as error:
                outage = str(error)
        self._count_sighting(fact, facts)

        document, version = self._record_and_tell(incident_id, facts, fact, run, outage)
        self._keep_evidence(document, version)
        self.incidents.append({"id": incident_id, "status": document["status"]})
        log.line("info", "incident", id=incident_id, status=document["status"], alert=document["alert"]["outcome"])

    def _keeper(self, incident_id: str, principal: Principal, outage: str | None) -> Callable[[Found], dict[str, Any]]:
        def keep(found: Found) -> dict[str, Any]:
            if outage:
                raise PriorStateError(f"the ledger can't be reached: {outage}")
            try:
                state = prior_state.read(self.aws.iam, principal, found)
                quarantined = found.incident_id is not None
                state = self.ledger.keep_prior_state(incident_id, principal.key, state, quarantined, self.received)
                if found.foreign and found.text and found.text != state["replaced_policy"]:
                    self.ledger.keep_replaced(incident_id, found.text)
            except LedgerError as error:
                raise PriorStateError(f"the ledger can't be reached: {error}") from error
            except Failed as error:
                raise PriorStateError(f"it can't be read: {sentence(error)}") from error
            try:
                evidence.keep_prior_state(self.aws.s3, self.settings.evidence_bucket, incident_id, state)
            except evidence.EvidenceError as error:
                self._not_recorded("evidence", str(error))
            return state

        return keep

    def _record_and_tell(
        self,
        incident_id: str,
        facts: incident.Facts,
        fact: dict[str, Any],
        run: dict[str, Any] | None,
        outage: str | None,
    ) -> tuple[dict[str, Any], int | None]:
        """Store the merged document, mail it if this status was not told yet, and store what became of the mail.

        Returns the document and its version, which is None where the ledger could not be written.
        """
        told = None
        if outage is None:
            try:
                document, version = self.ledger.write_document(incident_id)
                if document["alert"]["outcome"] == "not-needed":
                    return document, version
                if not self.ledger.claim_mail(incident_id, document["status"], version, self.now()):
                    self._see_that_it_was_told(incident_id, fact, facts)
                    return document, version
                told = self._mail(self._with_the_callers_address(incident_id, document))
                self.ledger.report_mail(incident_id, told, self.now())
                return self.ledger.write_document(incident_id)
            except LedgerError as error:
                outage = str(error)
        self._not_recorded("ledger", outage)
        known = incident.Facts(
            sightings=[*facts.sightings, fact],
            runs=[*facts.runs, *([run] if run else [])],
            prior_state=facts.prior_state,
        )
        document = incident.merge(incident_id, known)
        said = f"The ledger could not be written, so this mail may be sent twice: {outage}"
        document["trouble"] = " ".join(filter(None, (document["trouble"], said)))
        if document["alert"]["outcome"] != "not-needed":
            document["alert"] = {"outcome": told or self._mail(document), "at": moment.iso(self.now())}
        return document, None

    def _see_that_it_was_told(self, incident_id: str, fact: Mapping[str, Any], facts: incident.Facts) -> None:
        """The mail is another delivery's. Should that one crash, its retry must not end before somebody told; so a
        delivery that may be a retry waits for the outcome, and fails without one."""
        sighted = (fact["path"], fact["what"]["event_id"])
        known = {(earlier["path"], earlier["what"]["event_id"]) for earlier in facts.sightings}
        if sighted not in known and len(known) < incident.FACTS_KEPT:
            return
        for pause in TOLD_PAUSES:
            if not self.ledger.mail_is_pending(incident_id):
                return
            time.sleep(pause)
        if self.ledger.mail_is_pending(incident_id):
            self._not_recorded(
                "mail", f"another delivery claimed the mail for {incident_id} and has not reported its outcome"
            )

    def _with_the_callers_address(self, incident_id: str, document: dict[str, Any]) -> dict[str, Any]:
        """The document, after waiting for a sighting that names the caller's own address if all there is yet is a call
        that AWS made for the caller. Everything else is done by now, and a mail that can't say from where is half a
        mail."""
        for pause in ADDRESS_PAUSES:
            if not _is_of_a_service(document["where"]["source_ip"] or ""):
                break
            time.sleep(pause)
            document, _ = self.ledger.write_document(incident_id)
        return document

    def _mail(self, document: Mapping[str, Any]) -> str:
        return self._publish(document["id"], alert.render_subject(document), alert.render_alert(document))

    def _publish(self, about: str, subject: str, text: str) -> str:
        """`sent` or `failed`: a failing notification never fails a containment. The log has `about` in place of the
        subject, which names decoys."""
        try:
            alert.publish(self.aws.sns, self.settings.alert_topic_arn, subject, text)
        except alert.AlertError as error:
            self.metrics.counts["AlertFailed"] += 1
            log.line("error", "alert not sent", about=about, problem=str(error))
            return "failed"
        return "sent"

    def _keep_evidence(self, document: dict[str, Any], version: int | None) -> None:
        """Write the document, and a newer one if there is by then: a concurrent delivery may have written the newer one
        before this one wrote the older, and whoever writes last must leave the newest."""
        try:
            evidence.keep_incident(self.aws.s3, self.settings.evidence_bucket, document)
            while version is not None:
                document, newest = self.ledger.document(document["id"])
                if newest == version:
                    return
                version = newest
                evidence.keep_incident(self.aws.s3, self.settings.evidence_bucket, document)
        except evidence.EvidenceError as error:
            self._not_recorded("evidence", str(error))
        except LedgerError as error:
            self._not_recorded("ledger", str(error))

    def _not_recorded(self, where: str, problem: str) -> None:
        log.line("error", f"{where} not written", problem=problem)
        self.not_recorded.append(f"{where}: {problem}")

    def _count_run(
        self, run: Containment, facts: incident.Facts, finished: datetime, event_time: datetime, incident_id: str
    ) -> None:
        for result in run.results:
            told = {key: value for key, value in asdict(result).items() if key not in ("inverse", "check")}
            log.line("info", "action", incident=incident_id, **told)
        if run.gone:
            self.metrics.counts["Observed"] += not facts.runs
        elif run.status != "CONTAINED":
            self.metrics.counts["ContainmentFailed"] += 1
            self.not_contained.append(f"incident {incident_id} is {run.status}")
        elif not any(earlier["status"] == "CONTAINED" for earlier in facts.runs):
            self.metrics.counts["Contained"] += 1
            self.metrics.latencies.append(round((finished - event_time).total_seconds() * 1000))

    def _count_sighting(self, fact: Mapping[str, Any], facts: incident.Facts) -> None:
        if not facts.sightings:
            self.metrics.counts["Incidents"] += 1
        known = {earlier["what"]["event_id"] for earlier in facts.sightings}
        counted = {"SUPPRESSED": "Suppressed", "OBSERVED": "Observed"}.get(fact["decision"]["status"])
        if counted and fact["what"]["event_id"] not in known:
            self.metrics.counts[counted] += 1

    def _near_miss(self, sighting: Sighting, missed: NotConfirmed) -> str:
        record = sighting.record
        self.metrics.counts["NotConfirmed"] += 1
        log.line("info", "not confirmed", detection=sighting.detection.id, event=record.event_id, reason=missed.reason)
        fact = {
            "detection": sighting.detection.id,
            "path": sighting.path,
            "event": moment.iso(record.event_time),
            "received": moment.iso(self.received),
            "reason": missed.reason,
        }
        try:
            self.ledger.add_not_confirmed(fact, record.event_id, self.received)
        except LedgerError as error:
            log.line("error", "near miss not recorded", problem=str(error))
        return "not confirmed"

    def _reject(self, rejected: Rejected) -> str:
        """Record, count and tell, and return normally whatever fails: input that can't be used must not come back."""
        self.metrics.counts["Rejected"] += 1
        log.line("warning", "rejected", code=rejected.code, reason=rejected.reason, excerpt=rejected.excerpt)
        fact = {**asdict(rejected), "received": moment.iso(self.received)}
        try:
            self.ledger.add_rejected(fact, self.received)
            if self.ledger.claim_telling(rejected.code, self.received):
                self._publish(rejected.code, *alert.render_rejected(rejected, self.received))
        except LedgerError as error:
            log.line("error", "rejection not recorded", problem=str(error))
        return "rejected"


def _misses(sighting: Sighting) -> bool:
    return isinstance(match_decoy(sighting.record, sighting.detection), NotConfirmed)


def _principal(sighting: Sighting) -> Principal:
    if sighting.finding:
        return of_finding(sighting.finding.access_key, sighting.finding.account_id)
    return resolve(sighting.record.user_identity)


def _touched(sighting: Sighting, touched: MatchedTarget, counted: Reached | None) -> MatchedTarget:
    """What the incident is about, where that is more than what the record touched."""
    if counted:
        return MatchedTarget("detection", f"{counted.group.detection} {counted.group}".strip(), None, touched.region)
    if sighting.finding:
        return MatchedTarget("finding", sighting.finding.id, None, touched.region)
    return touched


def _is_of_a_service(source_ip: str) -> bool:
    """Whether a service made the call for the caller, whose own address the record then does not have."""
    return source_ip == "AWS Internal" or source_ip.endswith(".amazonaws.com")
