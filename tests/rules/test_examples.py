"""Reading of examples: a base record with changes, and error messages."""

import json
from pathlib import Path
from typing import Any

import pytest

from deadfall.patterns.delivered_event import event_of
from deadfall.rules.changes import apply_changes
from deadfall.rules.examples import ExampleError, examples

BASE = {
    "userIdentity": {"type": "IAMUser", "userName": "alice"},
    "eventSource": "kms.amazonaws.com",
    "eventName": "Decrypt",
    "awsRegion": "eu-west-1",
    "eventTime": "2026-11-21T09:30:00Z",
    "eventType": "AwsApiCall",
    "recipientAccountId": "111122223333",
    "eventID": "7bd8e55b-5bc2-4cdc-9577-023225ae0594",
    "requestParameters": {"keyId": "a"},
}
CASE = {"case": "a", "source": "b"}


def written(tmp_path: Path, content: Any) -> Path:
    """Write the examples of a rule `mine`, and return the path of the rule."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "mine.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return tmp_path / "mine.yml"


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ({}, {}),
        ({"eventName": "Encrypt"}, {"eventName": "Encrypt"}),
        ({"errorCode": "AccessDenied"}, {"errorCode": "AccessDenied"}),
        ({"requestParameters": None}, {"requestParameters": None}),
        ({"requestParameters": {"other": 1}}, {"requestParameters": {"other": 1}}),
        ({"requestParameters.keyId": "b"}, {"requestParameters": {"keyId": "b"}}),
        ({"requestParameters.more": None}, {"requestParameters": {"keyId": "a", "more": None}}),
        ({"tlsDetails": {"a": 1}, "tlsDetails.b": 2}, {"tlsDetails": {"a": 1, "b": 2}}),
    ],
)
def test_a_change_replaces_or_adds_the_field_at_its_path(changes: dict[str, Any], changed: dict[str, Any]):
    before = json.dumps(BASE)
    assert apply_changes(BASE, changes) == {**BASE, **changed}
    assert json.dumps(BASE) == before


@pytest.mark.parametrize("path", ["eventName.x", "nothing.x", "userIdentity.type.x", "userIdentity.sessionContext.x.y"])
def test_a_path_through_a_non_object_is_rejected(path: str):
    outer = {"userIdentity.sessionContext.x.y": "userIdentity.sessionContext"}.get(path, path.removesuffix(".x"))
    with pytest.raises(ValueError, match=f"^'{path}' can't be set: the base has no object '{outer}'; write"):
        apply_changes(BASE, {path: 1})


def test_examples_are_the_base_with_their_changes_in_the_order_of_the_file(tmp_path: Path):
    rule = written(
        tmp_path,
        {
            "base": BASE,
            "ignores": [{"case": "three", "source": "c", "records": [{}, {"requestParameters": None}]}],
            "matches": [
                {"case": "one", "source": "a", "record": {}},
                {"case": "two", "source": "b", "record": {"userIdentity.userName": "bob"}},
            ],
        },
    )
    one, two, three = examples(rule)
    assert [(each.case, each.source, each.matches) for each in (one, two, three)] == [
        ("one", "a", True),
        ("two", "b", True),
        ("three", "c", False),
    ]
    assert one.events == (event_of(BASE),)
    assert two.records == ({**BASE, "userIdentity": {"type": "IAMUser", "userName": "bob"}},)
    assert three.records == (BASE, {**BASE, "requestParameters": None})


def test_the_base_of_events_is_an_event(tmp_path: Path):
    base = {"detail-type": "GuardDuty Finding", "detail": {"severity": 4}}
    rule = written(tmp_path, {"base": base, "matches": [{**CASE, "event": {"detail.severity": 8}}], "ignores": []})
    assert examples(rule)[0].events == ({"detail-type": "GuardDuty Finding", "detail": {"severity": 8}},)


def test_without_a_base_records_are_whole(tmp_path: Path):
    rule = written(tmp_path, {"matches": [], "ignores": [{**CASE, "record": BASE}]})
    assert examples(rule)[0].records == (BASE,)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "invalid JSON: "),
        ({"matches": []}, "ignores: field required"),
        ({"base": [], "matches": [], "ignores": []}, "base: input should be an object"),
        ({"matches": [], "ignores": [], "more": 1}, "more: extra inputs are not permitted"),
        ({"matches": [{**CASE, "record": {}, "event": {}}], "ignores": []}, "matches.0: needs exactly one of record, "),
        ({"matches": [], "ignores": [{**CASE, "records": []}]}, "ignores.0.records: "),
        (
            {"base": BASE, "matches": [{**CASE, "record": {}}], "ignores": [{**CASE, "records": [{}, {"x.y": 1}]}]},
            "ignores.0: 'x.y' can't be set: the base has no object 'x'; write 'x' whole",
        ),
        (
            {"matches": [{**CASE, "event": {"detail": 1}}], "ignores": []},
            "matches.0: event must be a whole EventBridge",
        ),
        ({"base": {"id": "1"}, "matches": [{**CASE, "event": {}}], "ignores": []}, "matches.0: event must be a whole"),
    ],
)
def test_an_invalid_file_is_reported_in_one_sentence(tmp_path: Path, content: Any, message: str):
    rule = written(tmp_path, content)
    with pytest.raises(ExampleError) as refused:
        examples(rule)
    assert str(refused.value).startswith(f"{tmp_path / 'tests' / 'mine.json'}: {message}")
    assert "\n" not in str(refused.value)
