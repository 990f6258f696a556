"""The parameter as a kind of decoy: its config, what identifies it, and that each touch is matched exactly."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest
from botocore.session import get_session

from deadfall.config import ConfigError
from deadfall.decoys import parameter
from deadfall.decoys.parameter import ParameterDecoy
from deadfall.names import Names
from deadfall.patterns.aws_limits import MAX_RULES_WITH_WILDCARDS
from deadfall.rules.catalog import _has_wildcard
from deadfall.rules.coverage.cell import Cell
from deadfall.rules.coverage.prove import coverage
from deadfall.rules.detection import StackDetection
from deadfall.touches.records import Record
from deadfall.touches.touch import Touch
from responders.kill_switch.decoy_match import MatchedTarget, match_decoy
from responders.kill_switch.manifest import Decoy, ManifestDetection
from responders.kill_switch.parse import read_record
from tests.responders.kill_switch.world import SETTINGS
from tests.rules.stack import ACCOUNT, detections_of_rules, stack

REGION = "eu-west-1"
NAMES = Names(ACCOUNT, REGION, "account-audit")
NAME = "/prod/ledger/api-token"
ARN = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{NAME}"
RULES = tuple(
    f"decoy_parameter_{what}" for what in ("change", "decrypt", "deleted_in_list", "denied", "listed", "read", "recon")
)
MADE_FOR_ONE = ("decoy_parameter_decrypt", "decoy_parameter_denied", "decoy_parameter_listed", "decoy_parameter_read")


def config(**keys: object) -> Any:
    return stack(decoys=[{"kind": "parameter", "name": NAME, **keys}])


def decoy(**keys: object) -> ParameterDecoy:
    (found,) = config(**keys).decoys_of(ParameterDecoy)
    return found


@cache
def watched() -> list[StackDetection]:
    return detections_of_rules(config(), *RULES)


# Config


@pytest.mark.parametrize("name", [NAME, "/a", "token", "prod.ledger_token-1", "/" + "x" * 71])
def test_names_that_parameter_store_accepts(name: str) -> None:
    assert decoy(name=name).decoy_name == name


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"name": "prod/ledger"}, "'prod/ledger' has levels and must begin with a slash; write '/prod/ledger'"),
        ({"name": "/prod//ledger"}, "'/prod//ledger' has an empty level; write a name such as /prod/billing/api-token"),
        ({"name": "/prod/"}, "'/prod/' has an empty level; write a name such as /prod/billing/api-token"),
        ({"name": "/aws/x"}, "'/aws/x' begins with aws or ssm, which AWS keeps for itself; choose another name"),
        ({"name": "SSM-x"}, "'SSM-x' begins with aws or ssm, which AWS keeps for itself; choose another name"),
        ({"name": "/a" * 16}, f"'{'/a' * 16}' has more than 15 levels; write a shorter path"),
        (
            {"name": "/prod/honey"},
            "'/prod/honey' reveals a decoy ('honey'); use the name that a real resource would have",
        ),
        ({"name": "/" + "x" * 72}, "is too long; write at most 72 characters"),
        ({"description": "a trap"}, "'a trap' reveals a decoy ('trap'); use the name that a real resource would have"),
        ({"ownPath": "maybe"}, "must be true or false, not 'maybe'"),
        ({"database": {}}, "is not a key of Deadfall; correct or remove it (docs/configure.md lists all keys)"),
    ],
)
def test_config_that_cannot_be_used_is_one_sentence(keys: Mapping[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config(**keys)
    (key,) = keys
    assert str(raised.value) == f"deadfall:decoys[0].{key}: {message}"


@pytest.mark.parametrize("name", ["/prod/a b", "/prod/a:1", "", "/", "/prod/ä"])
def test_a_name_of_other_characters_has_the_wrong_form(name: str) -> None:
    with pytest.raises(ConfigError, match=r"^deadfall:decoys\[0\]\.name: ('.+' has the wrong form|is empty); write a "):
        config(name=name)


def test_it_needs_the_trail_to_record_kms() -> None:
    with pytest.raises(ConfigError, match="excludeKms"):
        stack(decoys=[{"kind": "parameter", "name": NAME}], trail={"excludeKms": True})


@pytest.mark.parametrize(
    ("name", "paths"),
    [(NAME, ("/", "/prod", "/prod/ledger")), ("/token", ("/",)), ("token", ("/",))],
)
def test_the_paths_above_a_parameter(name: str, paths: tuple[str, ...]) -> None:
    assert decoy(name=name).paths == paths


@pytest.mark.parametrize(("name", "path"), [(NAME, "/prod/ledger"), ("/token", "/"), ("token", "/")])
def test_a_decoy_on_a_path_that_applications_may_read_warns(name: str, path: str) -> None:
    (warning,) = decoy(name=name).warnings()
    assert warning == (
        f"an application that reads the path '{path}' or one above it with GetParametersByPath decrypts '{name}' too, "
        "and is contained for it; give the decoy a path that nothing reads, and set ownPath: true"
    )
    assert decoy(name=name, ownPath=True).warnings() == ()


def test_the_longest_name_fits_into_every_filter() -> None:
    longest = stack(regions=["ap-southeast-1"], decoys=[{"kind": "parameter", "name": "/prod/ledger/" + "x" * 59}])
    for detection in detections_of_rules(longest, *RULES):
        assert detection.compiled.filter_patterns or detection.compiled.gaps, detection.id


def test_a_bus_has_room_for_the_wildcards_of_as_many_as_may_be_planted() -> None:
    assert ParameterDecoy.most is not None
    per_decoy = sum(_has_wildcard(pattern) for each in watched() for pattern in each.compiled.event_patterns)
    assert per_decoy * ParameterDecoy.most <= MAX_RULES_WITH_WILDCARDS


# What names it


def test_identifiers_are_name_and_arn_with_a_version_or_label_or_without() -> None:
    identifiers = decoy().identifiers(NAMES)
    named = [NAME, f"{NAME}:3", f"{NAME}:current", ARN, f"{ARN}:3"]
    assert all(any(fnmatchcase(value, each) for each in identifiers) for value in named)
    others = [f"{NAME}2", f"{NAME}/old", NAME[1:], f"/stage{NAME}", f"{ARN}2", f"{ARN}/old", "/prod/ledger", "/", "*"]
    assert not any(fnmatchcase(value, each) for each in identifiers for value in others)


# Each touch is matched by a rule and confirmed by the responder


def described(detection: StackDetection) -> ManifestDetection:
    known = detection.decoy and Decoy("parameter", NAME, ARN, REGION, detection.decoy.identifiers(NAMES, ARN), ())
    return ManifestDetection(
        detection.id, detection.title, detection.response, known, "low", None, None, detection.rule.condition
    )


def confirmed(record: Record) -> set[str]:
    """The rules that match a record, and whose decoy the responder finds in it."""
    read = read_record({**record, "recipientAccountId": SETTINGS.account_id}, SETTINGS)
    return {
        each.rule.name
        for each in watched()
        if each.rule.condition.matches(record) and isinstance(match_decoy(read, described(each)), MatchedTarget)  # type: ignore[arg-type]
    }


TOUCHES = decoy().touches(NAMES, REGION)


@pytest.mark.parametrize(
    "touch",
    [each for each in TOUCHES if each.traces and not each.unwatched],
    ids=lambda each: f"{each.way}, {each.outcome}",
)
def test_every_touch_is_matched_and_confirmed(touch: Touch) -> None:
    for trace in touch.traces:
        assert set().union(*(confirmed(record) for record in (*trace.documented, *trace.expected))), trace.label


def test_a_call_by_path_alone_is_recon_and_never_a_touch() -> None:
    records = [
        record
        for touch in TOUCHES
        for trace in touch.traces
        for record in (*trace.documented, *trace.expected)
        if record["eventName"] == "GetParametersByPath"
    ]
    assert records
    for record in records:
        assert confirmed(record) == {"decoy_parameter_recon"}
    (recon,) = (each for each in watched() if each.rule.name == "decoy_parameter_recon")
    assert (recon.response, recon.decoy) == ("observe", None)


def test_reads_contain_and_changes_alert() -> None:
    responses = {each.rule.name.removeprefix("decoy_parameter_"): each.response for each in watched()}
    assert responses == {
        "read": "contain",
        "listed": "contain",
        "decrypt": "contain",
        "change": "alert",
        "deleted_in_list": "alert",
        "denied": "alert",
        "recon": "observe",
    }
    assert {each.rule.name for each in watched() if each.decoy} == set(MADE_FOR_ONE)


# The coverage table


@cache
def cells() -> list[Cell]:
    return coverage(config(), watched())


def test_nothing_is_a_hole_and_what_is_not_seen_says_why() -> None:
    assert [cell for cell in cells() if cell.status == "hole"] == []
    assert {(cell.way.partition(",")[0], cell.path) for cell in cells() if cell.status == "gap"} == {
        ("GetParameters", "L"),
        ("deletion in a list: DeleteParameters", "L"),
        ("change of tags: AddTagsToResource", "E"),
        ("change of tags: AddTagsToResource", "L"),
    }
    impossible = {(cell.way, cell.outcome) for cell in cells() if cell.status == "impossible"}
    assert ("GetParametersByPath of a path above", "denied") in impossible
    assert ("DescribeParameters", "success") in impossible


def test_a_list_is_seen_on_the_log_path_by_the_decrypt() -> None:
    listed = [cell for cell in cells() if cell.way == "GetParameters by name, with decryption" and cell.path == "L"]
    assert [cell.rules for cell in listed] == [("decoy_parameter_decrypt",)]


def test_each_way_and_outcome_is_listed_once_with_traces_or_a_reason() -> None:
    assert len({(touch.way, touch.outcome) for touch in TOUCHES}) == len(TOUCHES)
    assert all(bool(touch.traces) != bool(touch.impossible) for touch in TOUCHES)


def test_every_call_that_names_a_parameter_is_in_the_table() -> None:
    """By the types that the API model gives to names of parameters."""
    model: Any = get_session().get_service_model("ssm")
    named = {"PSParameterName", "PSParameterSelector", "ParameterNameList"}
    found = {
        operation
        for operation in model.operation_names
        if (shape := model.operation_model(operation).input_shape)
        and any(member.name in named for member in shape.members.values())
    }
    changes = {operation for operations in parameter.CHANGES.values() for operation in operations}
    by_path = {"GetParametersByPath"}
    assert found - by_path == {*parameter.READS, "GetParameters", *changes, "DeleteParameters"}
