"""The ledger: concurrent, repeated and late deliveries meet in one incident, and none loses another's facts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from responders.kill_switch.incident import FACTS_KEPT, Facts
from responders.kill_switch.ledger import Ledger, LedgerError
from tests.responders.kill_switch.world import SETTINGS, Account, intercept

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
THREADS = 8


@pytest.fixture
def ledger(account: Account) -> Ledger:
    return Ledger(account.aws.dynamodb, SETTINGS.ledger_table)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


def sighting(number: int, path: str = "E", **where: Any) -> dict[str, Any]:
    return {
        "path": path,
        "received": f"2026-01-31T12:00:{number % 60:02}.000Z",
        "event": "2026-01-31T12:00:00.000Z",
        "detection": {"id": "access-0a1b2c", "title": "t", "response": "contain"},
        "touched": {},
        "principal": {},
        "what": {"event_id": f"event-{number}"},
        "where": {"source_ip": "203.0.113.66", **where},
        "decision": {"status": "OBSERVED", "reason": "r", "advice": "a", "quiet": False},
    }


def prior_state(**keys: str) -> dict[str, Any]:
    """Of a user with these keys, each with its status."""
    access_keys = [{"id": key_id, "status": status} for key_id, status in keys.items()]
    return {"replaced_policy": None, "access_keys": access_keys, "login_profile": None}


def test_windows(ledger: Ledger) -> None:
    first = ledger.join("k", NOON)
    assert first == "20260131T120000Z-" + first[-12:]
    assert ledger.join("k", NOON + 59 * MINUTE) == first
    assert ledger.join("k", NOON - 59 * MINUTE) == first, "deliveries are not in order"
    assert ledger.join("other", NOON) != first
    second = ledger.join("k", NOON + 60 * MINUTE)
    assert second != first
    assert ledger.join("k", NOON + 59 * MINUTE) == first, "a late duplicate stays with its incident"
    assert ledger.join("k", NOON + 61 * MINUTE) == second
    assert ledger.join("k", NOON - 60 * MINUTE) not in (first, second)


def test_concurrent_first_sightings_begin_one_incident(ledger: Ledger) -> None:
    times = [NOON + timedelta(seconds=number) for number in range(THREADS)]
    joined = at_once(*((lambda at=at: ledger.join("k", at)) for at in times))
    assert len(set(joined)) == 1


def test_concurrent_sightings_all_reach_the_document(ledger: Ledger) -> None:
    def deliver(number: int) -> None:
        ledger.add_sighting("i", sighting(number, "EL"[number % 2]), ledger.load("i"))
        ledger.write_document("i")

    at_once(*((lambda n=n: deliver(n)) for n in range(THREADS)))
    document, _ = ledger.write_document("i")
    assert document["events"] == THREADS
    assert document["paths"]["E"]["event_ids"] == [f"event-{n}" for n in range(0, THREADS, 2)]
    assert document["paths"]["L"]["event_ids"] == [f"event-{n}" for n in range(1, THREADS, 2)]


def test_last_document_stored_has_every_fact(ledger: Ledger, account: Account) -> None:
    def deliver(number: int) -> None:
        ledger.add_sighting("i", sighting(number), ledger.load("i"))
        ledger.write_document("i")

    at_once(*((lambda n=n: deliver(n)) for n in range(THREADS)))
    assert [document["events"] for document in account.incidents()] == [THREADS]


def test_duplicate_sighting_changes_nothing(ledger: Ledger) -> None:
    ledger.add_sighting("i", sighting(1), Facts())
    ledger.add_sighting("i", {**sighting(1), "received": "2026-01-31T13:00:00.000Z"}, Facts())
    assert ledger.load("i").sightings == [sighting(1)]


def test_flood_is_counted_not_kept(ledger: Ledger) -> None:
    for number in range(FACTS_KEPT + 5):
        ledger.add_sighting("i", sighting(number), ledger.load("i"))
    document, _ = ledger.write_document("i")
    assert len(ledger.load("i").sightings) == FACTS_KEPT
    assert document["events"] == FACTS_KEPT + 5


def test_prior_state_is_never_overwritten(ledger: Ledger) -> None:
    before, after = prior_state(one="Active"), prior_state(one="Inactive")
    assert ledger.keep_prior_state("i", "alice", before, False, NOON) == before
    assert ledger.keep_prior_state("i", "alice", after, True, NOON) == before
    assert ledger.keep_prior_state("i", "alice", after, False, NOON + 10 * MINUTE) == before
    assert ledger.prior_state("i") == before


def test_prior_state_is_shared_while_the_quarantine_stands(ledger: Ledger) -> None:
    before, after = prior_state(one="Active"), prior_state(one="Inactive")
    ledger.keep_prior_state("i", "alice", before, False, NOON)
    soon, late = NOON + timedelta(seconds=59), NOON + 10 * MINUTE
    assert ledger.keep_prior_state("concurrent", "alice", after, False, soon) == before
    assert ledger.keep_prior_state("later", "alice", after, True, late) == before
    assert ledger.keep_prior_state("somebody else's", "bob", after, True, NOON) == after
    assert ledger.keep_prior_state("released since", "alice", after, False, late) == after


def test_later_keys_are_added_to_the_prior_state(ledger: Ledger) -> None:
    ledger.keep_prior_state("i", "alice", prior_state(one="Active"), False, NOON)
    grown = prior_state(one="Active", two="Active")
    assert ledger.keep_prior_state("j", "alice", prior_state(one="Inactive", two="Active"), True, NOON) == grown
    assert ledger.keep_prior_state("i", "alice", prior_state(), True, NOON) == grown


def test_concurrent_prior_states_agree(ledger: Ledger) -> None:
    """Of as many incidents, each of which sees a key of its own."""
    at_once(
        *(
            (lambda n=n: ledger.keep_prior_state(f"i{n}", "alice", prior_state(**{f"k{n}": "Active"}), False, NOON))
            for n in range(THREADS)
        )
    )
    everything = ledger.keep_prior_state("i", "alice", prior_state(), True, NOON)
    assert {key["id"] for key in everything["access_keys"]} == {f"k{n}" for n in range(THREADS)}


def test_one_of_many_claims_the_mail(ledger: Ledger) -> None:
    claims = at_once(*((lambda: ledger.claim_mail("i", "CONTAINED", 1, NOON)) for _ in range(THREADS)))
    assert sorted(claims) == [False] * (THREADS - 1) + [True]


def test_mail_claims(ledger: Ledger) -> None:
    assert ledger.claim_mail("i", "FAILED", 1, NOON)
    ledger.report_mail("i", "sent", NOON)
    assert not ledger.claim_mail("i", "FAILED", 2, NOON), "the same status is told once"
    assert ledger.claim_mail("i", "CONTAINED", 3, NOON), "another status is told"
    ledger.report_mail("i", "sent", NOON)
    assert not ledger.claim_mail("i", "FAILED", 2, NOON), "an older document is not told after a newer one"
    assert ledger.claim_mail("i", "FAILED", 4, NOON)
    ledger.report_mail("i", "failed", NOON)
    assert ledger.claim_mail("i", "FAILED", 5, NOON), "a failed mail is tried again"
    assert not ledger.claim_mail("i", "FAILED", 6, NOON + timedelta(seconds=60)), "it is under way"
    assert ledger.claim_mail("i", "FAILED", 6, NOON + timedelta(seconds=66)), "its sender is gone"


def test_claim_whose_answer_was_lost_is_kept(ledger: Ledger, account: Account) -> None:
    """The write went through, its answer did not arrive, and the SDK's repetition finds the condition broken."""
    lost: list[dict[str, Any]] = []

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        if lost:
            return {}
        lost.append(parameters)
        # As the repetition would: the same write again, after the first one went through.
        account.aws.dynamodb.update_item(**parameters)
        return {"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}

    intercept(account.aws.dynamodb, "UpdateItem", answer)
    assert ledger.claim_mail("i", "CONTAINED", 1, NOON)


def test_outage_is_one_kind_of_error(account: Account, ledger: Ledger) -> None:
    for operation in ("GetItem", "PutItem", "UpdateItem", "Query"):
        account.refuse(account.aws.dynamodb, operation, "ProvisionedThroughputExceededException")
    for call in (
        lambda: ledger.join("k", NOON),
        lambda: ledger.load("i"),
        lambda: ledger.add_sighting("i", sighting(1), Facts()),
        lambda: ledger.keep_prior_state("i", "alice", {}, False, NOON),
        lambda: ledger.write_document("i"),
        lambda: ledger.claim_mail("i", "CONTAINED", 1, NOON),
        lambda: ledger.add_rejected({"code": "x"}, NOON),
    ):
        with pytest.raises(LedgerError, match="ProvisionedThroughputExceeded"):
            call()
