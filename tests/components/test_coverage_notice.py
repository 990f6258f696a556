"""A preview logs the coverage, and what decoys warn of; an update logs nothing."""

from dataclasses import replace

import pulumi
import pytest

from components import coverage_notice
from components.coverage_notice import log_coverage
from deadfall.decoys.secret import SecretDecoy
from deadfall.rules.coverage.cell import Cell
from tests.rules.stack import stack

CELL = Cell("secret", "a", "GetSecretValue", "success", "E", "eu-west-1", "proved")


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message: found.append(("warning", message)))
    monkeypatch.setattr(pulumi.log, "info", lambda message: found.append(("info", message)))
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    monkeypatch.setattr(coverage_notice, "coverage", lambda config, detections: [CELL])
    return found


def test_a_warning_names_the_key_of_the_decoy(logged: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SecretDecoy, "warnings", lambda decoy: ["rename it"] if decoy.name == "b" else [])
    log_coverage(stack(), [])
    assert logged[0] == ("warning", "deadfall:decoys[1]: rename it")
    assert [severity for severity, _ in logged] == ["warning", "info"]


def test_a_hole_is_a_warning(logged: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage_notice, "coverage", lambda config, detections: [CELL, replace(CELL, status="hole")])
    log_coverage(stack(), [])
    assert [severity for severity, _ in logged] == ["warning"]


def test_an_update_logs_nothing(logged: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: False)
    log_coverage(stack(), [])
    assert logged == []
