"""Pulumi.yaml and Pulumi.<stack>.yaml."""

from pathlib import Path
from typing import Any

import pytest

from deadfall.lab.project import ProjectError, StackConfig, load, stack_config

PROJECT = """\
name: small
runtime: {name: python, options: {virtualenv: .venv}}
config:
  pulumi:disable-default-providers: {value: ["*"]}
  account: {type: string}
  small:regions: {type: array, items: {type: string}, default: [eu-west-1]}
  days: {type: integer, default: 30}
  enabled: {type: boolean, default: true}
  seed: {type: string, secret: true, default: none}
  shorthand: value
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.dev.yaml").write_text('config: {"small:account": "012345678901", days: 7}')
    return tmp_path


def read(directory: Path, overrides: dict[str, Any] | None = None, secrets: tuple[str, ...] = ()) -> StackConfig:
    return stack_config(load(directory), "dev", overrides or {}, secrets)


def refusal(directory: Path, overrides: dict[str, Any] | None = None) -> str:
    with pytest.raises(ProjectError) as refused:
        read(directory, overrides)
    return str(refused.value)


def test_defaults_below_the_stack_below_the_overrides(directory: Path) -> None:
    config = read(directory, {"small:enabled": False, "extra": {"a": [1]}, "aws:region": "us-east-1"}, ("extra",))
    assert config == StackConfig(
        {
            "pulumi:disable-default-providers": '["*"]',
            "small:account": "012345678901",
            "small:regions": '["eu-west-1"]',
            "small:days": "7",
            "small:enabled": "false",
            "small:seed": "none",
            "small:shorthand": "value",
            "small:extra": '{"a": [1]}',
            "aws:region": "us-east-1",
        },
        frozenset({"small:seed", "small:extra"}),
    )


def test_scalars_may_be_strings_as_the_cli_writes_them(directory: Path) -> None:
    (directory / "Pulumi.dev.yaml").write_text('config: {account: "1", days: "7", enabled: "false", regions: "[]"}')
    values = read(directory).values
    assert [values[f"small:{key}"] for key in ("days", "enabled", "regions")] == ["7", "false", "[]"]


def test_a_date_without_quotes_is_no_date_for_the_program_as_with_the_cli(directory: Path) -> None:
    (directory / "Pulumi.dev.yaml").write_text("config: {account: x, until: [2027-01-31, '2027-01-31']}")
    assert read(directory).values["small:until"] == '["2027-01-31 00:00:00 +0000 UTC", "2027-01-31"]'


def test_keys_of_objects_are_sorted_as_by_the_cli(directory: Path) -> None:
    (directory / "Pulumi.dev.yaml").write_text(
        "config: {account: x, tags: [{Team: a, Env: {b: 1, a: 2}, 2: c, 10: d}]}"
    )
    assert read(directory).values["small:tags"] == '[{"10": "d", "2": "c", "Env": {"a": 2, "b": 1}, "Team": "a"}]'


def test_nesting_up_to_the_limit_is_read(directory: Path) -> None:
    (directory / "Pulumi.dev.yaml").write_text("config: {account: x, a: " + "[" * 98 + "]" * 98 + "}")
    assert read(directory).values["small:a"] == "[" * 98 + "]" * 98


def test_stack_files_may_be_elsewhere(directory: Path) -> None:
    elsewhere = directory / "mine"
    elsewhere.mkdir()
    (elsewhere / "Pulumi.dev.yaml").write_text('config: {account: "210987654321"}')
    config = stack_config(load(directory, elsewhere), "dev", {}, ())
    assert (config.values["small:account"], config.values["small:days"]) == ("210987654321", "30")
    (elsewhere / "Pulumi.dev.yaml").unlink()
    with pytest.raises(ProjectError, match=f"there is no Pulumi.dev.yaml in {elsewhere}"):
        stack_config(load(directory, elsewhere), "dev", {}, ())


def test_a_program_may_be_elsewhere(directory: Path) -> None:
    assert load(directory).program == directory
    (directory / "Pulumi.yaml").write_text("name: small\nruntime: python\nmain: src\n")
    assert load(directory).program == directory / "src"


@pytest.mark.parametrize(
    ("stack_file", "message"),
    [
        ("config: {}", "Pulumi.dev.yaml: small:account is missing, and Pulumi.yaml has no default for it"),
        ("config: {account: x, days: soon}", "Pulumi.dev.yaml: small:days must be of type integer"),
        ("config: {account: x, days: true}", "Pulumi.dev.yaml: small:days must be of type integer"),
        ("config: {account: x, regions: eu-west-1}", "Pulumi.dev.yaml: small:regions must be of type array"),
        ("config: {account: 12}", "Pulumi.dev.yaml: small:account must be of type string"),
        (
            "config: {account: x, seed: {secure: v1:abc}}",
            "Pulumi.dev.yaml: small:seed is encrypted, and only pulumi can decrypt it; pass its value",
        ),
        ("- a", "Pulumi.dev.yaml: the file and its config must be maps"),
        ("config: [a]", "Pulumi.dev.yaml: the file and its config must be maps"),
        ("config: {on: x}", "Pulumi.dev.yaml: the config key True is not a string in YAML; put it in quotes"),
        ("config: {", "Pulumi.dev.yaml cannot be read: while parsing a flow node"),
        ("config: {until: 2027-13-01}", "Pulumi.dev.yaml cannot be read: month must be in 1..12"),
        (
            "config:\n  a: " + "[" * 99 + "]" * 99,
            "Pulumi.dev.yaml cannot be read: line 2 is nested more than 100 levels deep; write plain lists and objects",
        ),
    ],
)
def test_a_wrong_stack_file_is_named(directory: Path, stack_file: str, message: str) -> None:
    (directory / "Pulumi.dev.yaml").write_text(stack_file)
    assert refusal(directory).startswith(message)


def test_an_encrypted_value_may_be_passed(directory: Path) -> None:
    (directory / "Pulumi.dev.yaml").write_text("config: {account: x, other: {secure: v1:abc}}")
    config = read(directory, {"other": "plain"})
    assert (config.values["small:other"], config.secret_keys) == ("plain", {"small:seed", "small:other"})


def test_missing_files_are_named(directory: Path) -> None:
    (directory / "Pulumi.dev.yaml").unlink()
    assert refusal(directory) == f"there is no Pulumi.dev.yaml in {directory}"
    (directory / "Pulumi.yaml").unlink()
    assert refusal(directory) == f"there is no Pulumi.yaml in {directory}"


@pytest.mark.parametrize(
    ("project", "message"),
    [
        (
            "name: x\nruntime: nodejs",
            "Pulumi.yaml: runtime must be python, the only language that the lab supports",
        ),
        ("runtime: python", "Pulumi.yaml: name is missing"),
    ],
)
def test_a_wrong_project_is_named(directory: Path, project: str, message: str) -> None:
    (directory / "Pulumi.yaml").write_text(project)
    assert refusal(directory) == message
