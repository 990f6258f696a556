"""The command as people call it, and rules that are asked for in a moment."""

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
    """`deadfall hunt` with these arguments."""
    monkeypatch.setattr(rules, "detections", compiled_once)
    app = typer.Typer()
    app.command()(command)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def rule_file(tmp_path: Path) -> RuleFile:
    """The path of a Sigma file with one rule, by the YAML of its selection."""

    def write(selection: str, name: str = "some_rule", then: str = "") -> str:
        file = tmp_path / f"{name}.yml"
        file.write_text(
            "title: Something happened\nid: 5b5ee1e4-5a46-4f4e-8a3d-5f9b1b4f4a11\nname: base\nlevel: low\n"
            "logsource: {product: aws, service: cloudtrail}\n"
            f"detection:\n  selection:\n{indent(selection, '    ')}\n  condition: selection\n{then}"
        )
        return str(file)

    return write
