"""Fixtures to run the command, and rules that compile quickly."""

from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import pytest
import typer
from typer.testing import CliRunner, Result

from deadfall.cli.hunt import hunt as command
from deadfall.hunt import rules
from tests.rules.stack import compiled_once

Hunt = Callable[..., Result]
RuleFile = Callable[..., str]


@pytest.fixture
def hunt(monkeypatch: pytest.MonkeyPatch) -> Hunt:
    """Run `deadfall hunt` with these arguments."""
    monkeypatch.setattr(rules, "detections", compiled_once)
    app = typer.Typer()
    app.command()(command)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def rule_file(tmp_path: Path) -> RuleFile:
    """Write a Sigma file with one rule, given the YAML of its selection, and return its path."""

    def write(selection: str, name: str = "some_rule", then: str = "") -> str:
        file = tmp_path / f"{name}.yml"
        file.write_text(
            "title: Something happened\nid: 5b5ee1e4-5a46-4f4e-8a3d-5f9b1b4f4a11\nname: base\nlevel: low\n"
            "logsource: {product: aws, service: cloudtrail}\n"
            f"detection:\n  selection:\n{indent(selection, '    ')}\n  condition: selection\n{then}"
        )
        return str(file)

    return write
