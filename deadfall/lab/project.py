"""Read Pulumi.yaml and Pulumi.<stack>.yaml: the project, and a stack's config as the program receives it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deadfall import yaml_reader


class ProjectError(Exception):
    """A project or stack file is invalid; the text is one sentence that names the file or the key."""


@dataclass(frozen=True)
class Project:
    """A Pulumi project: its name, the directory of its program, that of its stack files, the config keys that it
    declares, and the virtual environment in which the pulumi CLI runs it, if it names one."""

    name: str
    directory: Path
    program: Path
    stack_files: Path
    config: Mapping[str, Any]
    virtualenv: Path | None = None


@dataclass(frozen=True)
class StackConfig:
    """A stack's config as the program receives it: strings (objects as JSON) by full key, and the secret keys."""

    values: Mapping[str, str]
    secret_keys: frozenset[str]


def load(directory: Path, stack_files: Path | None = None) -> Project:
    """Read Pulumi.yaml.

    Args:
        stack_files: the folder of Pulumi.<stack>.yaml, if it is another.

    Raises:
        ProjectError: the file is missing or malformed, or the project is not in Python.
    """
    content = _read(directory / "Pulumi.yaml")
    runtime = content.get("runtime")
    runtime = runtime if isinstance(runtime, dict) else {"name": runtime}
    if runtime.get("name") != "python":
        raise ProjectError("Pulumi.yaml: runtime must be python, the only language that the lab supports")
    if not isinstance(content.get("name"), str):
        raise ProjectError("Pulumi.yaml: name is missing")
    program = (directory / content.get("main", ".")).resolve()
    virtualenv = (runtime.get("options") or {}).get("virtualenv")
    return Project(
        content["name"],
        directory,
        program,
        stack_files or directory,
        content.get("config") or {},
        directory / virtualenv if virtualenv else None,
    )


def stack_config(project: Project, stack: str, overrides: Mapping[str, Any], secrets: Collection[str]) -> StackConfig:
    """Return a stack's config. Overrides take precedence over the stack file, and that over the project's defaults.

    Args:
        overrides: values by key, with or without the project's namespace.
        secrets: keys that are secret, in addition to those marked in the files.

    Raises:
        ProjectError: the stack file is missing or malformed, a declared key has no value or one of the wrong type, or a
            value is encrypted and not overridden.
    """
    given, secret_keys = stack_values(project, stack, overrides, secrets)
    values: dict[str, Any] = {}
    for key, declared in project.config.items():
        default = declared.get("default", declared.get("value")) if isinstance(declared, dict) else declared
        if default is not None:
            values[_full(project, key)] = default
    values |= given
    for key, declared in project.config.items():
        _check(_full(project, key), declared, values, _stack_file(stack))
    return StackConfig({key: _text(value) for key, value in values.items()}, frozenset(secret_keys & values.keys()))


def stack_values(
    project: Project, stack: str, overrides: Mapping[str, Any], secrets: Collection[str]
) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the values of the stack file and the overrides by full key, and the secret keys.

    Raises:
        ProjectError: the stack file is missing or malformed, or a value is encrypted and not overridden.
    """
    file = _stack_file(stack)
    overridden = {_full(project, key): value for key, value in overrides.items()}
    secret_keys = {_full(project, key) for key in secrets}
    for key, declared in project.config.items():
        if isinstance(declared, dict) and declared.get("secret"):
            secret_keys.add(_full(project, key))
    values: dict[str, Any] = {}
    for key, value in (_read(project.stack_files / file).get("config") or {}).items():
        key = _full(project, key)
        if isinstance(value, dict) and value.keys() == {"secure"}:
            secret_keys.add(key)
            if key not in overridden:
                raise ProjectError(f"{file}: {key} is encrypted, and only pulumi can decrypt it; pass its value")
        values[key] = value
    return values | overridden, frozenset(secret_keys)


def _stack_file(stack: str) -> str:
    return f"Pulumi.{stack}.yaml"


def _full(project: Project, key: str) -> str:
    return key if ":" in key else f"{project.name}:{key}"


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml_reader.load(file.read_text())
    except FileNotFoundError as error:
        raise ProjectError(f"there is no {file.name} in {file.parent}") from error
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        raise ProjectError(f"{file.name} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict) or not isinstance(content.get("config") or {}, dict):
        raise ProjectError(f"{file.name}: the file and its config must be maps")
    for key in content.get("config") or {}:
        if not isinstance(key, str):
            raise ProjectError(f"{file.name}: the config key {key!r} is not a string in YAML; put it in quotes")
    return content


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def _check(key: str, declared: Any, values: Mapping[str, Any], file: str) -> None:
    """Reject a missing value, or one that does not have the declared type, as the pulumi CLI does."""
    if not isinstance(declared, dict) or "type" not in declared:
        return
    if key not in values:
        raise ProjectError(f"{file}: {key} is missing, and Pulumi.yaml has no default for it")
    wanted = declared["type"]
    value = _of_text(values[key], wanted)
    if not isinstance(value, _TYPES.get(wanted, (object,))) or (isinstance(value, bool) and wanted != "boolean"):
        raise ProjectError(f"{file}: {key} must be of type {wanted}")


def _of_text(value: Any, wanted: str) -> Any:
    """Parse a scalar: the pulumi CLI writes every scalar as a string, so "30" is a valid integer."""
    if isinstance(value, str) and wanted in ("integer", "number", "boolean", "array", "object"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _text(value: Any) -> str:
    """Return the value as the program receives it. The pulumi CLI sorts the keys of objects as strings."""
    if isinstance(value, str):
        return value
    return json.dumps(json.loads(json.dumps(value, default=_as_the_cli_writes_dates)), sort_keys=True)


def _as_the_cli_writes_dates(date: Any) -> str:
    """Format a date that YAML parsed from an unquoted string. The pulumi CLI prints it in Go's format."""
    return f"{date} 00:00:00 +0000 UTC"
