"""Reads Pulumi.yaml and Pulumi.<stack>.yaml: the project, and a stack's config as the program gets it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class ProjectError(Exception):
    """A project or stack file that cannot be used; the text is one sentence naming the file or the key."""


@dataclass(frozen=True)
class Project:
    """A Pulumi project: its name, where its program is, the config keys that it declares, and the virtual environment
    in which the pulumi CLI runs it, if it names one."""

    name: str
    directory: Path
    program: Path
    config: Mapping[str, Any]
    virtualenv: Path | None = None


@dataclass(frozen=True)
class StackConfig:
    """A stack's config as the program gets it: values as strings (objects as JSON) by full key; which are secret."""

    values: Mapping[str, str]
    secret_keys: frozenset[str]


def load(directory: Path) -> Project:
    """Read Pulumi.yaml.

    Raises:
        ProjectError: it is missing, malformed, or of another language.
    """
    content = _read(directory / "Pulumi.yaml")
    runtime = content.get("runtime")
    runtime = runtime if isinstance(runtime, dict) else {"name": runtime}
    if runtime.get("name") != "python":
        raise ProjectError("Pulumi.yaml: runtime must be python, the only language that the built-in engine runs")
    if not isinstance(content.get("name"), str):
        raise ProjectError("Pulumi.yaml: name is missing")
    program = (directory / content.get("main", ".")).resolve()
    virtualenv = (runtime.get("options") or {}).get("virtualenv")
    return Project(
        content["name"], directory, program, content.get("config") or {}, directory / virtualenv if virtualenv else None
    )


def stack_config(project: Project, stack: str, overrides: Mapping[str, Any], secrets: Collection[str]) -> StackConfig:
    """The config of a stack: the project's defaults, the stack file over them, the overrides over both.

    Args:
        overrides: values by key, with or without the project's namespace.
        secrets: keys that are secret, beside those that the files say are.

    Raises:
        ProjectError: the stack file is missing or malformed, a declared key has no value or one of another type, or a
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
    """What the stack file says with the overrides over it, by full key; and which keys are secret.

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
    for key, value in (_read(project.directory / file).get("config") or {}).items():
        key = _full(project, key)
        if isinstance(value, dict) and value.keys() == {"secure"}:
            secret_keys.add(key)
            if key not in overridden:
                raise ProjectError(f"{file}: {key} is encrypted, which only the pulumi CLI can undo: pass its value")
        values[key] = value
    return values | overridden, frozenset(secret_keys)


def _stack_file(stack: str) -> str:
    return f"Pulumi.{stack}.yaml"


def _full(project: Project, key: str) -> str:
    return key if ":" in key else f"{project.name}:{key}"


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.load(file.read_text(), yaml.CSafeLoader)
    except FileNotFoundError as error:
        raise ProjectError(f"there is no {file.name} in {file.parent}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProjectError(f"{file.name} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict) or not isinstance(content.get("config") or {}, dict):
        raise ProjectError(f"{file.name}: must be a map of keys, and so must its config")
    for key in content.get("config") or {}:
        if not isinstance(key, str):
            raise ProjectError(f"{file.name}: the config key {key!r} is not a string for YAML; put it in quotes")
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
    """Refuse a value that is missing or of another type than the project declares, as the pulumi CLI does."""
    if not isinstance(declared, dict) or "type" not in declared:
        return
    if key not in values:
        raise ProjectError(f"{file}: {key} is missing, and Pulumi.yaml has no default for it")
    wanted = declared["type"]
    value = _of_text(values[key], wanted)
    if not isinstance(value, _TYPES.get(wanted, (object,))) or (isinstance(value, bool) and wanted != "boolean"):
        raise ProjectError(f"{file}: {key} must be of type {wanted}")


def _of_text(value: Any, wanted: str) -> Any:
    """The pulumi CLI writes every scalar as a string: "30" is a good integer."""
    if isinstance(value, str) and wanted in ("integer", "number", "boolean", "array", "object"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _text(value: Any) -> str:
    """The value as the program gets it. The pulumi CLI sorts the keys of objects, all of them as strings."""
    if isinstance(value, str):
        return value
    return json.dumps(json.loads(json.dumps(value, default=_as_the_cli_writes_dates)), sort_keys=True)


def _as_the_cli_writes_dates(date: Any) -> str:
    """For YAML a date without quotes is no string; what the pulumi CLI makes of it is Go's way to print a moment."""
    return f"{date} 00:00:00 +0000 UTC"
