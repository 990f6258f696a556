"""Every way to touch a decoy is detected in every shipped stack, and broken deployments have holes."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from botocore.session import get_session
from typer import Typer
from typer.testing import CliRunner

from deadfall.cli.rules import coverage as cli
from deadfall.cli.rules.coverage import show_coverage
from deadfall.config import StackConfig
from deadfall.decoys import access_key, secret
from deadfall.patterns.condition import And, Test, Text
from deadfall.rules.compiler import CompiledRule
from deadfall.rules.coverage.__main__ import STACKS
from deadfall.rules.coverage.cell import Cell, summary
from deadfall.rules.coverage.deployment import Deployment, EventRule, MetricFilter, plan_deployment
from deadfall.rules.coverage.page import page
from deadfall.rules.coverage.prove import ELSEWHERE, coverage, prove
from deadfall.rules.detection import StackDetection
from deadfall.stack_files import config_of

from ...conftest import ROOT
from ..stack import compiled_once, detections_of

HOME, GLOBAL = "eu-west-1", "us-east-1"


@cache
def stack(name: str) -> tuple[StackConfig, Sequence[StackDetection]]:
    return config_of(name), detections_of(name)


@cache
def cells(name: str = "dev") -> Sequence[Cell]:
    return coverage(*stack(name))


def broken(change: Callable[[Deployment], Deployment]) -> set[tuple[str, str, str, str]]:
    """Return the holes (way, outcome, path, region) that a changed deployment adds to the dev stack."""
    config, found = stack("dev")
    before = {place(cell) for cell in cells() if cell.status == "hole"}
    after = prove(config, change(plan_deployment(config, found)), found)
    return {place(cell) for cell in after if cell.status == "hole"} - before


def place(cell: Cell) -> tuple[str, str, str, str]:
    return cell.way.partition(":")[0], cell.outcome, cell.path, cell.region


def rules(deployment: Deployment, keep: Callable[[EventRule], bool]) -> Deployment:
    return replace(deployment, rules=[rule for rule in deployment.rules if keep(rule)])


def filters(deployment: Deployment, change: Callable[[MetricFilter], MetricFilter]) -> Deployment:
    return replace(deployment, filters=[change(each) for each in deployment.filters])


@pytest.mark.parametrize("name", STACKS)
def test_no_shipped_stack_has_a_hole(name: str):
    holes = [cell for cell in cells(name) if cell.status == "hole"]
    descriptions = sorted({f"{cell.way}, {cell.outcome}, path {cell.path}: {cell.reason}" for cell in holes})
    assert not holes, "\n".join([summary(cells(name)), *descriptions])


def test_the_page_is_not_stale():
    written = page([cell for name in STACKS for cell in cells(name)])
    assert (ROOT / "docs" / "coverage.md").read_text() == written, "docs/coverage.md is stale: run `make docs`"


def test_every_unproved_cell_has_a_reason():
    for name in STACKS:
        for cell in cells(name):
            assert cell.source
            assert bool(cell.rules) or cell.reason, cell
            assert bool(cell.reason) == (cell.status != "proved"), cell


# Broken deployments have holes where they are broken, and nowhere else


def test_a_missing_rule_leaves_holes():
    read = {f"GetSecretValue by {spelling}" for spelling in ("name", "partial ARN", "full ARN")}
    holes = broken(lambda all_: rules(all_, lambda rule: rule.detection.rule.name != "decoy_secret_read"))
    assert {way for way, _, _, _ in holes} >= read
    assert {path for _, _, path, _ in holes} == {"E"}, "the log path still matches"
    assert not {way for way, outcome, _, _ in holes if outcome == "success"} & {
        "KMS Decrypt behind a read",
        "BatchGetSecretValue by list",
        "BatchGetSecretValue by filter",
    }, "other rules still match these"


def test_the_state_enabled_leaves_holes_only_for_reads():
    holes = broken(lambda all_: replace(all_, rules=[replace(rule, state="ENABLED") for rule in all_.rules]))
    ways = {way for way, _, path, _ in holes if path == "E"}
    assert {"GetSecretValue by name", "KMS Decrypt behind a read", "GetCallerIdentity", "AssumeRole"} <= ways
    assert not ways & {"deletion", "GetSessionToken", "change of its keys"}, "writes still arrive"


def test_without_us_east_1_global_services_are_not_detected():
    holes = broken(lambda all_: rules(all_, lambda rule: rule.region != GLOBAL))
    assert ("any call to a global service (IAM, Organizations)", "denied", "E", GLOBAL) in holes
    assert ("change of its keys", "success", "E", GLOBAL) in holes
    assert {region for _, _, _, region in holes} == {GLOBAL}


def test_without_the_home_rules_forwarded_events_do_not_arrive():
    holes = broken(lambda all_: rules(all_, lambda rule: rule.region != HOME))
    assert {region for _, _, _, region in holes} == {HOME, GLOBAL}


def test_without_error_messages_denied_reads_are_not_detected():
    def without(pattern: Any) -> Any:
        if isinstance(pattern, dict):
            return {key: ["nothing"] if key == "errorMessage" else without(value) for key, value in pattern.items()}
        return [without(each) for each in pattern] if isinstance(pattern, list) else pattern

    def blinded(rule: EventRule) -> EventRule:
        return replace(rule, pattern=json.dumps(without(json.loads(rule.pattern))))

    on_path_e = broken(lambda all_: replace(all_, rules=[blinded(rule) for rule in all_.rules]))
    on_path_l = broken(
        lambda all_: filters(all_, lambda each: replace(each, pattern=each.pattern.replace("errorMessage", "nothing")))
    )
    for holes, path in ((on_path_e, "E"), (on_path_l, "L")):
        assert {outcome for _, outcome, _, _ in holes} == {"denied"}
        assert {(f"GetSecretValue by {each}", "denied", path, HOME) for each in ("name", "full ARN")} <= holes


def test_a_superset_proves_nothing_that_its_rule_does_not_match():
    config, found = stack("dev")
    (trail,) = (each for each in found if each.rule.name == "cloudtrail_tampering")
    record = {
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "eventType": "AwsApiCall",
        "awsRegion": HOME,
        "readOnly": False,
    }

    def proofs(compiled: CompiledRule) -> list[bool]:
        deployment = plan_deployment(config, [replace(trail, compiled=compiled)])
        return [
            any(deployment.match_on_event_path(record)),
            any(deployment.match_on_log_path(record)),
        ]

    narrower = replace(trail.rule, condition=And((trail.rule.condition, Test("userAgent", Text.literal("x")))))
    both = {"eventbridge": ("left out",), "metric-filter": ("left out",)}
    assert proofs(trail.compiled) == [True, True]
    assert proofs(replace(trail.compiled, widenings=both)) == [True, True]
    assert proofs(replace(trail.compiled, rule=narrower, widenings=both)) == [False, False]


def test_a_detection_of_another_decoy_proves_nothing():
    config, found = stack("dev")
    secret_decoy = config.decoys_of(secret.SecretDecoy)[0]
    other = secret_decoy.model_copy(update={"name": "prod/another"})
    swapped = [replace(each, decoy=other) if each.decoy == secret_decoy else each for each in found]
    holes = {cell.way for cell in coverage(config, swapped) if cell.status == "hole"}
    assert "GetSecretValue by name" in holes


def test_a_threshold_rule_proves_nothing():
    config, found = stack("dev")
    counting = {each.rule.name for each in found if each.rule.count}
    assert counting
    assert not counting & {rule for cell in cells() for rule in cell.rules}
    assert not counting & {each.detection.rule.name for each in plan_deployment(config, found).rules}


# What can't be detected


def test_a_key_used_elsewhere_is_detected_only_on_the_log_path():
    elsewhere = [cell for cell in cells() if cell.region == ELSEWHERE and cell.way == "GetCallerIdentity"]
    assert {(cell.path, cell.status) for cell in elsewhere if cell.outcome == "success"} == {
        ("E", "gap"),
        ("L", "proved"),
    }


def test_records_that_name_no_decoy_are_impossible_and_not_holes():
    impossible = {(cell.way, cell.outcome) for cell in cells() if cell.status == "impossible"}
    assert ("ListSecrets", "success") in impossible
    assert ("BatchGetSecretValue, not permitted itself", "denied") in impossible
    assert ("GetAccessKeyLastUsed", "success") in impossible


def test_undocumented_records_are_marked_unverified():
    unverified = {(cell.way, cell.outcome) for cell in cells() if not cell.verified}
    assert ("GetSecretValue from another account", "success") in unverified
    assert ("GetSecretValue by name", "success") not in unverified


# Completeness


def operations_with(service: str, *members: str) -> set[str]:
    model: Any = get_session().get_service_model(service)
    shapes = {name: model.operation_model(name).input_shape for name in model.operation_names}
    return {name for name, shape in shapes.items() if shape and set(members) & shape.members.keys()}


def test_every_call_that_names_a_secret_is_in_the_table():
    known = {
        "GetSecretValue",
        "BatchGetSecretValue",
        *secret.RECON,
        *(each for of in secret.CHANGES.values() for each in of),
    }
    assert operations_with("secretsmanager", "SecretId", "SecretIdList") == known


def test_every_call_that_names_a_user_is_in_the_table():
    changes = {each for of in access_key.CHANGES.values() for each in of}
    known = {*access_key.RECON, *changes, *access_key.GROUP_CHANGES}
    assert operations_with("iam", "UserName") - {"CreateUser"} == known


# Output


def test_the_summary_is_one_line():
    cell = cells()[0]
    found = [replace(cell, status=status) for status in ("proved", "proved", "impossible", "gap")]
    assert summary(found) == "coverage: 2 proved, 1 impossible, 1 gap, 0 holes; see docs/coverage.md"


def test_the_command_prints_a_table_or_json(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cli, "detections", compiled_once)
    app = Typer()
    app.command()(show_coverage)
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["--stack", "minimal"])
    assert "decoy_secret_read" in shown.stdout
    assert summary(cells("minimal")) in " ".join(shown.stderr.split())
    printed = json.loads(CliRunner().invoke(app, ["--stack", "minimal", "--json"]).stdout)
    assert len(printed) == len(cells("minimal"))
    assert CliRunner().invoke(app, ["--stack", "nowhere"]).exit_code == 2
