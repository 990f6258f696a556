"""Detections whose queries match more than their rule: nothing follows where the rule itself does not match."""

from typing import Any

import pytest

from responders.kill_switch.manifest import ManifestError, parse
from tests.responders.kill_switch.test_count import alarm_of, record
from tests.responders.kill_switch.test_respond import log_group
from tests.responders.kill_switch.world import (
    DETECTIONS,
    WIDE,
    WIDE_CONTAINED,
    WIDE_COUNTED,
    WIDE_FINDINGS,
    WIDE_MANY,
    WIDE_ON_EVENT_PATH,
    Account,
    described,
    finding,
    found,
    path_e,
)


def other(number: int, **changes: Any) -> dict[str, Any]:
    """A record that the queries match and the rule doesn't."""
    return record(number, number, userAgent="Boto3/1.40", **changes)


def nothing_happened(account: Account) -> bool:
    return (account.incidents(), account.mails(), account.items("REJECTED#"), account.counts()) == ([], [], [], {})


def test_a_match_on_the_event_path_is_an_incident(account: Account) -> None:
    assert account.deliver(path_e(WIDE, record(1)))["outcome"] == "handled"
    assert len(account.incidents()) == len(account.mails()) == 1


@pytest.mark.parametrize("detection", [WIDE, WIDE_CONTAINED, WIDE_COUNTED, WIDE_ON_EVENT_PATH])
def test_anything_else_on_the_event_path_is_nothing(account: Account, detection: str) -> None:
    assert account.deliver(path_e(detection, other(1))) == {"outcome": "not matched", "incidents": []}
    assert nothing_happened(account)
    assert account.user_policies() == {}


def test_of_an_alarm_only_what_matches_is_an_incident(account: Account) -> None:
    log_group(account, other(1), record(2, 2), other(3), detection=WIDE)
    account.deliver(alarm_of(WIDE))
    (incident,) = account.incidents()
    assert (incident["events"], list(incident["paths"])) == (1, ["L"])
    assert len(account.mails()) == 1


def test_an_alarm_of_nothing_that_matches_is_nothing(account: Account) -> None:
    log_group(account, other(1), other(2), detection=WIDE)
    account.deliver(alarm_of(WIDE))
    assert nothing_happened(account)


def test_who_does_not_match_is_neither_looked_up_nor_contained(account: Account) -> None:
    log_group(account, other(1), detection=WIDE_CONTAINED, confirmed=False)
    account.deliver(alarm_of(WIDE_CONTAINED))
    assert account.user_policies() == {}
    assert nothing_happened(account)


def test_an_alarm_contains_who_matches(account: Account) -> None:
    log_group(account, other(1), record(2, 2), detection=WIDE_CONTAINED)
    account.deliver(alarm_of(WIDE_CONTAINED))
    assert [incident["status"] for incident in account.incidents()] == ["CONTAINED"]


def test_an_alarm_with_more_than_is_read_is_reported(account: Account) -> None:
    log_group(account, other(1), detection=WIDE, more=True)
    account.deliver(alarm_of(WIDE))
    (incident,) = account.incidents()
    assert incident["reason"].startswith("The alarm fired for more events than were read")


def test_where_the_path_is_exact_the_rule_and_its_query_disagree(account: Account) -> None:
    log_group(account, other(1), detection=WIDE_ON_EVENT_PATH)
    account.deliver(alarm_of(WIDE_ON_EVENT_PATH))
    assert account.incidents() == []
    assert len(account.items("REJECTED#")) == 1


def test_only_matches_are_counted(account: Account) -> None:
    for number, each in enumerate([record(1, 1), other(2), record(3, 3), other(4)]):
        account.deliver(path_e(WIDE_COUNTED, each))
        assert account.incidents() == [], number
    account.deliver(path_e(WIDE_COUNTED, record(5, 5)))
    (incident,) = account.incidents()
    assert incident["count"]["at_least"] == 3


def test_an_alarm_for_too_few_matches_is_nothing(account: Account) -> None:
    """CloudWatch counted five, of which two match."""
    log_group(account, *(record(n, n) for n in (1, 2)), *(other(n) for n in (3, 4, 5)), detection=WIDE_COUNTED)
    account.deliver(alarm_of(WIDE_COUNTED))
    assert (account.incidents(), account.mails()) == ([], [])


def test_an_alarm_counts_matches(account: Account) -> None:
    log_group(account, *(record(n, n) for n in (1, 2, 6)), *(other(n) for n in (3, 4, 5)), detection=WIDE_COUNTED)
    account.deliver(alarm_of(WIDE_COUNTED))
    (incident,) = account.incidents()
    assert incident["events"] == 3


def test_an_alarm_counts_no_line_that_does_not_match_and_looks_none_up(account: Account) -> None:
    log_group(account, *(other(n) for n in range(3)), detection=WIDE_MANY, confirmed=False)
    account.deliver(alarm_of(WIDE_MANY))
    assert nothing_happened(account)
    assert account.user_policies() == {}


def test_a_finding_is_evaluated_too(account: Account) -> None:
    details = finding()["resource"]["accessKeyDetails"]
    bob = {"resourceType": "AccessKey", "accessKeyDetails": {**details, "userName": "bob"}}
    assert account.deliver(found(WIDE_FINDINGS, finding(resource=bob)))["outcome"] == "not matched"
    assert nothing_happened(account)
    assert account.deliver(found(WIDE_FINDINGS, finding()))["outcome"] == "handled"
    assert len(account.incidents()) == 1


def test_a_superset_needs_its_rule() -> None:
    broken = {**DETECTIONS, "detections": {WIDE: described("The CLI read a secret", supersets=["E"])}}
    with pytest.raises(ManifestError, match="wide has supersets but no rule: deploy the stack again"):
        parse(broken)


@pytest.mark.parametrize("supersets", ["E", ["Q"], None, {"E": 1}])
def test_supersets_other_than_paths_are_rejected(supersets: Any) -> None:
    detection = {**described("The CLI read a secret", supersets=[]), "supersets": supersets}
    broken = {**DETECTIONS, "detections": {WIDE: detection}}
    with pytest.raises(ManifestError, match=r"wide\.supersets is .*: use a list of E and L"):
        parse(broken)
