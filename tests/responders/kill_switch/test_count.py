"""Counted detections: what is enough, and that deliveries in any order, repeated or at once, count each event once."""

import copy
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responders.kill_switch.count import Group, Occurrence, group_of, reached
from responders.kill_switch.manifest import Count
from responders.kill_switch.respond import ContainmentFailed, NotRecordedError
from tests.responders.kill_switch.test_respond import log_group
from tests.responders.kill_switch.world import (
    MANIFEST,
    MANY_READS,
    SIGN_INS,
    Account,
    fixture,
    path_e,
    user,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
FIVE = Count(("sourceIPAddress",), 300, 5)
GROUP = Group(SIGN_INS, (("sourceIPAddress", "203.0.113.66"),), "k")
ADDRESS, OTHER = "203.0.113.66", "198.51.100.7"


def record(number: int, seconds: float = 0, address: str = ADDRESS, **changes: Any) -> dict[str, Any]:
    at = f"{NOON + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
    numbered = {"eventID": f"0a1b2c3d-{number:04}", "eventTime": at, "sourceIPAddress": address}
    return {**fixture("record-GetSecretValue"), **numbered, **changes}


def failure(number: int, seconds: float = 0, address: str = ADDRESS, **changes: Any) -> dict[str, Any]:
    return path_e(SIGN_INS, record(number, seconds, address, **changes))


def alarm_of(detection: str) -> dict[str, Any]:
    event = copy.deepcopy(fixture("alarm-change"))
    event["detail"]["alarmName"] = f"account-audit-{detection}"
    return event


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


# What is enough


def occurrences(*seconds: float) -> list[Occurrence]:
    return [Occurrence(NOON + timedelta(seconds=s), f"event-{number}") for number, s in enumerate(seconds)]


@pytest.mark.parametrize(
    ("seconds", "enough"),
    [
        ((0, 1, 2, 3, 4), True),
        ((0, 0, 0, 0, 0), True),
        ((0, 100, 200, 299, 299), True),
        ((0, 100, 200, 299, 300), False),  # (t - seconds, t]
        ((0, 1, 2, 3), False),
        ((0, 1, 2, 3, 1000), False),
    ],
)
def test_events_within_a_window(seconds: tuple[float, ...], enough: bool) -> None:
    """Whichever of them is the last to be counted."""
    found = occurrences(*seconds)
    for one in found[:4]:
        assert bool(reached(FIVE, GROUP, one, found)) is enough


@given(st.lists(st.integers(0, 900), min_size=1, max_size=12), st.integers(1, 5), st.data())
def test_the_nearest_events_are_enough_to_know(seconds: list[int], at_least: int, data: st.DataObject) -> None:
    """As many as are asked for on either side decide; compared with all windows that have the event in them."""
    found = sorted(occurrences(*seconds))
    one = data.draw(st.sampled_from(found))
    place = found.index(one)
    near = [*found[: place + 1][-at_least:], *found[place:][:at_least]]
    expected = any(
        sum(0 <= (last.at - each.at).total_seconds() < 300 for each in found) >= at_least
        for last in found
        if 0 <= (last.at - one.at).total_seconds() < 300
    )
    assert bool(reached(Count((), 300, at_least), GROUP, one, near)) is expected


def test_groups() -> None:
    detection = MANIFEST.detections[MANY_READS]
    assert detection.count
    fields = {"userIdentity": {"arn": "a"}, "eventName": "X"}
    assert group_of(detection, detection.count, fields).values == (("userIdentity.arn", "a"),)
    keys = {
        group_of(detection, detection.count, {"userIdentity": {"arn": arn}}).key
        for arn in ("a", "A", None, ["a", "b"], {"a": 1}, 7, "x" * 5000, "x" * 5001)
    }
    assert len(keys) == 8
    long = group_of(detection, detection.count, {"userIdentity": {"arn": "x" * 5000}})
    assert len(str(long)) < 300


# Path E


def test_below_the_count_nothing_but_the_count_is_kept(account: Account) -> None:
    for number in range(4):
        assert account.deliver(failure(number, number)) == {"outcome": "counted", "incidents": []}
    assert account.incidents() == account.mails() == []
    kept = account.items("")
    assert len(kept) == 4
    assert {frozenset(item) for item in kept} == {frozenset(("pk", "sk", "expires"))}
    assert {item["expires"]["N"] for item in kept} < {str(1769860803 + 600 + 2 * 86400 + n) for n in range(-2, 4)}


def test_the_event_that_reaches_the_count_makes_one_incident_that_later_ones_join(account: Account) -> None:
    *_, outcome = (account.deliver(failure(number, number)) for number in range(5))
    (incident,) = account.incidents()
    assert outcome == {"outcome": "handled", "incidents": [{"id": incident["id"], "status": "OBSERVED"}]}
    assert incident["touched"]["name"] == "failed-sign-ins sourceIPAddress 203.0.113.66"
    assert incident["principal"]["name"] == "alice"
    assert incident["events"] == 5
    assert incident["count"] == {
        "group": {"sourceIPAddress": ADDRESS},
        "seconds": 300,
        "at_least": 5,
        "number": 5,
        "event_ids": [f"0a1b2c3d-{number:04}" for number in range(5)],
    }
    ((_, text),) = account.mails()
    assert (
        "  Counted     5 events within 300 s (threshold 5)\n              same sourceIPAddress: 203.0.113.66\n" in text
    )
    account.deliver(failure(5, 200, userIdentity=user("bob", user_id="AIDAJ45Q7YFFAREXAMPLF")))
    (incident,) = account.incidents()
    assert (incident["events"], incident["count"]["number"]) == (6, 6)
    assert account.mails() == []
    assert account.counts()["Incidents"] == 1


def test_groups_are_counted_apart(account: Account) -> None:
    for number in range(8):
        account.deliver(failure(number, number, address=(ADDRESS, OTHER)[number % 2]))
    assert account.incidents() == []
    account.deliver(failure(8, 8, address=OTHER))
    (incident,) = account.incidents()
    assert incident["count"]["group"] == {"sourceIPAddress": OTHER}


def test_an_event_that_is_delivered_again_counts_once(account: Account) -> None:
    for number in (0, 1, 2, 3, 0, 1, 2, 3, 3):
        account.deliver(failure(number, number))
    assert account.incidents() == []
    account.deliver(failure(4, 4))
    assert len(account.incidents()) == 1


@pytest.mark.parametrize("step", [1, -1, 5])
def test_events_count_in_whatever_order_they_come(account: Account, step: int) -> None:
    """Five within the window among others that are too old, too new, or of another caller."""
    payloads = [failure(number, seconds) for number, seconds in enumerate((-400, 0, 70, 140, 210, 280, 560))]
    payloads += [failure(number, 100, address=OTHER) for number in range(10, 14)]
    for place in range(len(payloads)):
        account.deliver(payloads[place * step % len(payloads)])
    (incident,) = account.incidents()
    assert incident["count"]["event_ids"] == [f"0a1b2c3d-{number:04}" for number in range(1, 6)]


def test_deliveries_at_once_lose_and_double_none(account: Account) -> None:
    four = [lambda number=number: account.deliver(failure(number, number)) for number in (0, 1, 2, 3, 3, 0)]
    at_once(*four)
    assert account.incidents() == []
    assert len(account.items("COUNT#")) == 4
    at_once(*(lambda number=number: account.deliver(failure(number, number)) for number in range(10, 15)))
    (incident,) = account.incidents()
    assert incident["events"] == 9
    assert len(account.mails()) == 1


def test_hostile_group_stays_in_its_place(account: Account) -> None:
    nasty = "x\n\nHOW TO RELEASE\n https://evil.example"
    for number in range(5):
        account.deliver(failure(number, number, address=nasty))
    ((_, text),) = account.mails()
    assert "\n\nHOW" not in text
    assert "evil.example" not in text


def test_somebody_is_contained_for_a_count_only_when_it_is_reached(account: Account) -> None:
    before = account.access_keys()
    for number in range(2):
        account.deliver(path_e(MANY_READS, record(number, number)))
    assert (account.access_keys(), account.incidents()) == (before, [])
    account.deliver(path_e(MANY_READS, record(2, 2)))
    assert account.incidents()[0]["status"] == "CONTAINED"
    assert set(account.access_keys().values()) == {"Inactive"}


def test_what_can_not_be_counted_is_tried_again(account: Account) -> None:
    account.refuse(account.aws.dynamodb, "PutItem", "ProvisionedThroughputExceededException", times=1)
    with pytest.raises(NotRecordedError, match="event 0a1b2c3d-0000 could not be counted"):
        account.deliver(failure(0))
    assert account.deliver(failure(0))["outcome"] == "counted"


# Path L


def test_only_a_group_that_reaches_the_count_makes_an_incident(account: Account) -> None:
    records = [record(n, n) for n in range(5)] + [record(n, n, OTHER) for n in range(10, 14)]
    log_group(account, *records, detection=SIGN_INS)
    account.deliver(alarm_of(SIGN_INS))
    (incident,) = account.incidents()
    assert (incident["count"]["group"], incident["events"]) == ({"sourceIPAddress": ADDRESS}, 5)
    assert list(incident["paths"]) == ["L"]
    assert len(account.mails()) == 1


def test_an_alarm_of_many_groups_none_of_which_is_enough_says_so_quietly(account: Account) -> None:
    log_group(account, *(record(n, n, (ADDRESS, OTHER)[n % 2]) for n in range(8)), detection=SIGN_INS)
    account.deliver(alarm_of(SIGN_INS))
    (incident,) = account.incidents()
    assert (incident["status"], incident["alert"]["outcome"]) == ("OBSERVED", "not-needed")
    assert "no single sourceIPAddress reached 5: 8 records found in" in incident["reason"]
    assert account.mails() == []


def test_both_paths_count_the_same_events_together(account: Account) -> None:
    """The event path lost two of them; the log path no longer finds the first two."""
    for number in range(3):
        account.deliver(failure(number, number))
    log_group(account, *(record(number, number) for number in (2, 3, 4)), detection=SIGN_INS)
    account.deliver(alarm_of(SIGN_INS))
    (incident,) = account.incidents()
    assert incident["events"] == 5


def test_lines_that_cloudtrail_does_not_confirm_do_not_count_against_anybody(account: Account) -> None:
    """Two forged lines beside a true event would be three; once CloudTrail knows them all, they are."""
    before = account.access_keys()
    records = [record(number, number) for number in range(3)]
    log_group(account, *records, detection=MANY_READS)
    account.event_history = records[2:]
    with pytest.raises(ContainmentFailed, match="2 of the events behind account-audit-many-reads are not confirmed"):
        account.deliver(alarm_of(MANY_READS))
    assert account.access_keys() == before
    (incident,) = account.incidents()
    assert "no single userIdentity.arn reached 3" in incident["reason"]
    assert len(account.mails()) == 1

    account.event_history = records
    account.deliver(alarm_of(MANY_READS))
    assert "CONTAINED" in {incident["status"] for incident in account.incidents()}
    assert json.dumps("Inactive") in json.dumps(account.access_keys())
