"""The ledger: one DynamoDB table, in which concurrent, repeated and late deliveries of the same touch meet.

pk                    sk                          what
TOUCH#<key>           WINDOWS                     which incidents this principal and thing had, and when each began
INCIDENT#<id>         SIGHTING#<path>#<eventID>   a fact; written once, never changed
INCIDENT#<id>         RUN#<finished>#<random>     a fact; written once, never changed
INCIDENT#<id>         PRIOR_STATE                 the principal's prior state, as far as this incident saw it
INCIDENT#<id>         REPLACED#<hash>             a policy that was found in the quarantine's place later
INCIDENT#<id>         MORE                        count of the sightings beyond those kept
INCIDENT#<id>         MAIL                        the claim on telling, and what became of it
INCIDENT#<id>         DOCUMENT                    the document merged from the facts above (JSON), with its version
PRINCIPAL#<key>       PRIOR_STATE                 what its incidents share while the quarantine stands; when it began
REJECTED#<date>       <hash>                      rejected input
NOT_CONFIRMED#<date>  <eventID>                   near misses
TOLD#<date>           <what>                      claims on telling about rejected input
COUNT#<group>         <time>#<eventID>            an event that counts; goes when it `expires`, in epoch seconds
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from . import aws, moment, prior_state
from .count import Group, Occurrence
from .incident import FACTS_KEPT, WINDOW, Facts, incident_id, merge
from .scope import Permission

PERMISSIONS = (
    Permission(
        "KeepLedger",
        ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"),
        ("arn:{partition}:dynamodb:{home_region}:{account_id}:table/{ledger_table}",),
    ),
)

INVOCATION_LASTS = timedelta(seconds=65)
"""Just above the function's timeout of 60 s: whoever wrote longer ago than this has ended. It must stay below the time
of Lambda's retries, the last of which comes two minutes after the failure of the one before it: that one takes over the
claim on a mail that a crash left behind.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""

ATTEMPTS = 20
"""Optimistic writes are tried again this often. Every loss means that another delivery won, so this many are never
needed."""


class LedgerError(Exception):
    """The ledger can't be reached or refuses; the message says how."""


class _LostError(Exception):
    """Another writer was first."""


class Ledger:
    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def join(self, key: str, event_time: datetime) -> str:
        """The id of the incident that a touch at `event_time` belongs to; begins one if there is none.

        An event belongs to the incident that began at most a window before it, or else to one that began less than a
        window after it: deliveries are not in order.
        """
        for _ in range(ATTEMPTS):
            item = self._get(f"TOUCH#{key}", "WINDOWS")
            windows = dict(json.loads(item["windows"]["S"])) if item else {}
            joined = _window_of(event_time, windows)
            if joined:
                return joined
            windows[moment.iso(event_time)] = incident_id(key, event_time)
            try:
                self._put_version(
                    f"TOUCH#{key}",
                    "WINDOWS",
                    int(item["version"]["N"]) if item else 0,
                    windows={"S": json.dumps(sorted(windows.items()))},
                )
            except _LostError:
                continue
            return windows[moment.iso(event_time)]
        raise LedgerError("too many concurrent writes to the windows of this touch")

    def load(self, incident: str) -> Facts:
        items = self._items(incident)

        def facts(prefix: str) -> list[dict[str, Any]]:
            return [json.loads(item["fact"]["S"]) for sk, item in items.items() if sk.startswith(prefix)]

        mail = items.get("MAIL")
        return Facts(
            sightings=facts("SIGHTING#"),
            runs=facts("RUN#"),
            prior_state=next(iter(facts("PRIOR_STATE")), None),
            replaced_later=[fact["text"] for fact in facts("REPLACED#")],
            mail={"outcome": mail["outcome"]["S"], "at": mail["at"]["S"]} if mail else None,
            more_events=int(items["MORE"]["count"]["N"]) if "MORE" in items else 0,
            version=int(items["DOCUMENT"]["version"]["N"]) if "DOCUMENT" in items else 0,
        )

    def add_sighting(self, incident: str, fact: Mapping[str, Any], known: Facts) -> None:
        """The first sighting of an event by a path stays; a duplicate changes nothing."""
        if len(known.sightings) >= FACTS_KEPT:
            self._update(f"INCIDENT#{incident}", "MORE", "ADD #count :one", {"#count": "count"}, {":one": {"N": "1"}})
            return
        self._put_once(f"INCIDENT#{incident}", f"SIGHTING#{fact['path']}#{fact['what']['event_id']}", fact)

    def add_run(self, incident: str, fact: Mapping[str, Any], known: Facts) -> None:
        changed = any(action["outcome"] != "already" or not action["verified"] for action in fact["actions"])
        if len(known.runs) < FACTS_KEPT or changed:
            self._put_once(f"INCIDENT#{incident}", f"RUN#{fact['finished']}#{uuid.uuid4().hex[:8]}", fact)

    def prior_state(self, incident: str) -> dict[str, Any] | None:
        item = self._get(f"INCIDENT#{incident}", "PRIOR_STATE")
        return json.loads(item["fact"]["S"]) if item else None

    def keep_prior_state(
        self, incident: str, principal: str, state: dict[str, Any], quarantined: bool, at: datetime
    ) -> dict[str, Any]:
        """Keep what an invocation that began at `at` read of a principal, before it does anything lossy. Returns the
        incident's prior state as stored.

        Several incidents of one principal may run at once, and read what another has changed already. So they share
        what the first one stored, while the quarantine stands (`quarantined`: it was found in IAM) and as long as the
        first one may run: then it may not have been found only because it was looked for too early. Otherwise the
        principal was released since, and what was read now counts. An incident never forgets what it kept.
        """
        own = self.prior_state(incident)

        def share(kept: dict[str, Any] | None) -> dict[str, Any]:
            began = moment.parse(kept["began"]) if kept else None
            if kept and (quarantined or (began and at - began < INVOCATION_LASTS)):
                return {**kept, "state": prior_state.with_later(kept["state"], state)}
            return {"began": moment.iso(at), "state": prior_state.with_later(own, state) if own else state}

        shared = self._replace(f"PRINCIPAL#{_hash(principal)}", "PRIOR_STATE", share)["state"]
        return self._replace(
            f"INCIDENT#{incident}",
            "PRIOR_STATE",
            lambda kept: prior_state.with_later(kept, shared) if kept else shared,
        )

    def keep_replaced(self, incident: str, text: str) -> None:
        self._put_once(f"INCIDENT#{incident}", f"REPLACED#{_hash(text)}", {"text": text})

    def write_document(self, incident: str) -> tuple[dict[str, Any], int]:
        """Merge all facts and store the document, again and again until no other delivery stored one in between: the
        last one stored has seen every fact. Returns the document and its version."""
        for _ in range(ATTEMPTS):
            facts = self.load(incident)
            document = merge(incident, facts)
            try:
                self._put_version(
                    f"INCIDENT#{incident}",
                    "DOCUMENT",
                    facts.version,
                    document={"S": json.dumps(document)},
                    status={"S": document["status"]},
                )
            except _LostError:
                continue
            return document, facts.version + 1
        raise LedgerError("too many concurrent writes to the incident's document")

    def document(self, incident: str) -> tuple[dict[str, Any], int]:
        """The document as stored last, and its version."""
        item = self._get(f"INCIDENT#{incident}", "DOCUMENT")
        if item is None:
            raise LedgerError("the incident's document no longer exists")
        return json.loads(item["document"]["S"]), int(item["version"]["N"])

    def claim_mail(self, incident: str, status: str, version: int, at: datetime) -> bool:
        """Whether the caller is the one to tell about this status, as of this version of the document.

        Nobody was told yet; or a newer document has another status than the one told; or the last attempt failed, or
        was given up by a crash.
        """
        claim = uuid.uuid4().hex
        try:
            self._update(
                f"INCIDENT#{incident}",
                "MAIL",
                "SET #status = :status, #version = :version, #outcome = :pending, #at = :at, #claim = :claim",
                {f"#{name}": name for name in ("status", "version", "outcome", "at", "claim")},
                {
                    ":status": {"S": status},
                    ":version": {"N": str(version)},
                    ":pending": {"S": "pending"},
                    ":failed": {"S": "failed"},
                    ":at": {"S": moment.iso(at)},
                    ":stale": {"S": moment.iso(at - INVOCATION_LASTS)},
                    ":claim": {"S": claim},
                },
                "attribute_not_exists(pk) OR (#status <> :status AND #version < :version) OR #outcome = :failed"
                " OR (#outcome = :pending AND #at < :stale)",
            )
        except _LostError:
            # The SDK may have repeated a write whose answer was lost; then the claim that stands is this one.
            item = self._get(f"INCIDENT#{incident}", "MAIL")
            return bool(item) and item["claim"]["S"] == claim
        return True

    def mail_is_pending(self, incident: str) -> bool:
        item = self._get(f"INCIDENT#{incident}", "MAIL")
        return bool(item) and item["outcome"]["S"] == "pending"

    def report_mail(self, incident: str, outcome: str, at: datetime) -> None:
        self._update(
            f"INCIDENT#{incident}",
            "MAIL",
            "SET #outcome = :outcome, #at = :at",
            {"#outcome": "outcome", "#at": "at"},
            {":outcome": {"S": outcome}, ":at": {"S": moment.iso(at)}},
        )

    def add_rejected(self, fact: Mapping[str, Any], at: datetime) -> None:
        """Once per day and content."""
        content = {key: value for key, value in fact.items() if key != "received"}
        self._put_once(f"REJECTED#{at:%Y-%m-%d}", _hash(json.dumps(content)), fact)

    def add_not_confirmed(self, fact: Mapping[str, Any], event_id: str, at: datetime) -> None:
        self._put_once(f"NOT_CONFIRMED#{at:%Y-%m-%d}", event_id, fact)

    def claim_telling(self, what: str, at: datetime) -> bool:
        """Whether the caller is the first of this hour to tell about `what`."""
        return self._put_once(f"TOLD#{at:%Y-%m-%d}", f"{at:%H}#{what}", {"what": what})

    def count(self, group: Group, occurrence: Occurrence, expires: datetime) -> None:
        """Once per event: an event that is delivered again changes nothing."""
        item = {**_count_key(group, occurrence), "expires": {"N": str(round(expires.timestamp()))}}
        try:
            _asked(
                lambda: self._dynamodb.put_item(
                    TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
                )
            )
        except _LostError:
            return

    def counted(self, group: Group, near: Occurrence, within: timedelta, most: int) -> list[Occurrence]:
        """The events of the group less than `within` before `near` and after it, of either side the `most` nearest.

        Each delivery writes its event before it reads, and reads what was written: so of deliveries at the same time
        the last one to write sees all.
        """
        key = _count_key(group, near)["sk"]["S"]
        # After all events of that instant, whose next character is "#"; and before all of the other.
        earliest, latest = f"{moment.iso(near.at - within)}~", moment.iso(near.at + within)
        before = self._counted_between(group, earliest, key, most, forward=False)
        return [*before, *self._counted_between(group, key, latest, most, forward=True)]

    def _counted_between(self, group: Group, low: str, high: str, most: int, forward: bool) -> list[Occurrence]:
        def query() -> list[Occurrence]:
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
                ExpressionAttributeValues={
                    ":pk": {"S": f"COUNT#{group.key}"},
                    ":low": {"S": low},
                    ":high": {"S": high},
                },
                ConsistentRead=True,
                ScanIndexForward=forward,
                PaginationConfig={"MaxItems": most, "PageSize": most},
            )
            return [_occurrence(item) for page in pages for item in page["Items"]]

        return _asked(query)

    def _items(self, incident: str) -> dict[str, dict[str, Any]]:
        def query() -> dict[str, dict[str, Any]]:
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"INCIDENT#{incident}"}},
                ConsistentRead=True,
            )
            return {item["sk"]["S"]: item for page in pages for item in page["Items"]}

        return _asked(query)

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        return _asked(lambda: self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)).get("Item")

    def _put_once(self, pk: str, sk: str, fact: Mapping[str, Any]) -> bool:
        """Whether this call wrote it; False where it was there already."""
        try:
            _asked(
                lambda: self._dynamodb.put_item(
                    TableName=self._table,
                    Item={"pk": {"S": pk}, "sk": {"S": sk}, "fact": {"S": json.dumps(fact)}},
                    ConditionExpression="attribute_not_exists(pk)",
                )
            )
        except _LostError:
            return False
        return True

    def _replace(self, pk: str, sk: str, change: Callable[[dict[str, Any] | None], dict[str, Any]]) -> dict[str, Any]:
        """Replace a fact by what `change` makes of it, again and again until nobody else replaced it in between."""
        for _ in range(ATTEMPTS):
            item = self._get(pk, sk)
            before = json.loads(item["fact"]["S"]) if item else None
            after = change(before)
            if after == before:
                return after
            try:
                self._put_version(pk, sk, int(item["version"]["N"]) if item else 0, fact={"S": json.dumps(after)})
            except _LostError:
                continue
            return after
        raise LedgerError("too many concurrent writes to a prior state")

    def _put_version(self, pk: str, sk: str, replaces: int, **attributes: Mapping[str, str]) -> None:
        """Raises _LostError unless the item still has the version that it `replaces` (0: there is none)."""
        unchanged = (
            {"ConditionExpression": "#version = :replaces"}
            | {"ExpressionAttributeNames": {"#version": "version"}}
            | {"ExpressionAttributeValues": {":replaces": {"N": str(replaces)}}}
        )
        _asked(
            lambda: self._dynamodb.put_item(
                TableName=self._table,
                Item={"pk": {"S": pk}, "sk": {"S": sk}, "version": {"N": str(replaces + 1)}, **attributes},
                **(unchanged if replaces else {"ConditionExpression": "attribute_not_exists(pk)"}),
            )
        )

    def _update(
        self, pk: str, sk: str, expression: str, names: dict, values: dict, condition: str | None = None
    ) -> None:
        _asked(
            lambda: self._dynamodb.update_item(
                TableName=self._table,
                Key={"pk": {"S": pk}, "sk": {"S": sk}},
                UpdateExpression=expression,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                **({"ConditionExpression": condition} if condition else {}),
            )
        )


def _count_key(group: Group, occurrence: Occurrence) -> dict[str, Any]:
    return {
        "pk": {"S": f"COUNT#{group.key}"},
        "sk": {"S": f"{moment.iso(occurrence.at)}#{occurrence.event_id}"},
    }


def _occurrence(item: Mapping[str, Any]) -> Occurrence:
    at, _, event_id = item["sk"]["S"].partition("#")
    return Occurrence(datetime.fromisoformat(at), event_id)


def _asked(call: Any) -> Any:
    try:
        return call()
    except aws.Failed as error:
        if aws.code(error) == "ConditionalCheckFailedException":
            raise _LostError from error
        raise LedgerError(aws.sentence(error)) from error


def _window_of(event_time: datetime, windows: Mapping[str, str]) -> str | None:
    """Windows never overlap: one only begins where none is within a window's length on either side."""
    begun = [(at, found) for text, found in windows.items() if (at := moment.parse(text))]
    before = [found for at, found in begun if at <= event_time < at + WINDOW]
    after = [found for at, found in begun if event_time < at < event_time + WINDOW]
    return next(iter(before + after), None)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
