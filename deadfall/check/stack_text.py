"""Read the text of Pulumi.<stack>.yaml with what Pulumi loses: doubled keys, missing quotes, line numbers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from deadfall import yaml_reader
from deadfall.config_problem import NAMESPACE, Path, Problem, Scalar
from deadfall.field_types import nearest, quoted

_PREFIX = f"{NAMESPACE}:"
_TAG = "tag:yaml.org,2002:"
_KINDS = {f"{_TAG}{name}": kind for name, kind in (("int", "number"), ("float", "number"), ("bool", "boolean"))}
_KINDS[f"{_TAG}timestamp"] = "date"
# Pulumi's parser (Go's yaml.v3) also reads these as numbers.
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BOOLEANS = {"true": True, "false": False}
_OF_PULUMI = ("config", "encryptionsalt", "encryptedkey", "secretsprovider", "environment")
ENCRYPTED = "is encrypted, so it cannot be checked without Pulumi; write it in plain text (only decoySeed is secret)"
_MOST_NODES = 20_000
_DEEPEST = 30


class StackTextError(Exception):
    """The text is not a stack file at all; the message is one sentence."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class StackText:
    """The config in a stack file.

    `values` are those of the namespace `deadfall`, without it. `lines` has the line of each place; `scalars` the text
    of values that YAML reads as something other than text; `encrypted` the keys that only Pulumi can decrypt.
    """

    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    scalars: dict[Path, Scalar] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    encrypted: set[str] = field(default_factory=set)

    def line_of(self, path: Path) -> int | None:
        """Return the line of a place, or else of what contains it."""
        return next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), None)


def read(text: str) -> StackText:
    """Read a stack file.

    Raises:
        StackTextError: the text is not YAML, or not a map with the map `config`.
    """
    root = _root(text)
    found = StackText()
    reader = _Reader(found)
    config: yaml.Node | None = None
    for key, node in _entries(root):
        name = str(key.value)
        if name == "config":
            if config is not None:
                found.problems.append(_problem("config", "is given twice; merge the two", node, found))
            config = node
        elif name not in _OF_PULUMI:
            indented = "indent it under config" if ":" in name else "remove it; Pulumi knows no such key there"
            found.problems.append(_problem(name, f"is outside of config; {indented}", key, found))
    if config is None or config.tag == f"{_TAG}null":
        return found
    if not isinstance(config, yaml.MappingNode):
        raise StackTextError("config must be a map of keys such as deadfall:accountId", config.start_mark.line + 1)
    for key, node in _entries(config):
        reader.read_key(str(key.value), key, node)
    return found


def _root(text: str) -> yaml.MappingNode:
    try:
        root = yaml_reader.compose(text)
    except yaml_reader.NestingError as error:
        raise StackTextError("is nested too deeply; write plain lists and objects", error.line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        if line and "\t" in _leading_space(text, line):
            raise StackTextError("is indented with a tab; use spaces", line) from None
        raise StackTextError(
            "is not YAML from here on; correct the brackets, quotes, colons or indentation here or on the lines before",
            line,
        ) from None
    except (yaml.YAMLError, ValueError):
        raise StackTextError("contains characters that YAML does not allow; remove control characters") from None
    if root is None:
        return yaml.MappingNode(f"{_TAG}map", [])
    if not isinstance(root, yaml.MappingNode):
        raise StackTextError("must be a map that begins with `config:`", root.start_mark.line + 1)
    return root


def _leading_space(text: str, line: int) -> str:
    lines = text.splitlines()
    return re.match(r"\s*", lines[line - 1])[0] if line <= len(lines) else ""  # type: ignore[index]


def _entries(node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    yield from node.value


def _problem(key: str, message: str, node: yaml.Node, found: StackText) -> Problem:
    """Return a problem with a key that is not in the namespace; its path is unlike any other."""
    path: Path = (f"\0{key}",)
    found.lines.setdefault(path, node.start_mark.line + 1)
    return Problem.of_key(key, message, path)


class _Reader:
    def __init__(self, found: StackText) -> None:
        self._found = found
        self._nodes = 0
        self._written: dict[str, str] = {}  # the keys as they are written, by key without namespace

    def read_key(self, written: str, key: yaml.Node, node: yaml.Node) -> None:
        """Read one key of config."""
        namespace, colon, rest = written.partition(":")
        if not colon:
            self._report(written, f"lacks its namespace; write {_PREFIX}{written}", key)
            name = written
        elif namespace == NAMESPACE:
            name = rest
        elif namespace in ("aws", "pulumi") or nearest(namespace, (NAMESPACE,)) is None:
            if namespace == "aws":
                self._report(
                    written, "has no effect, because the program sets region and account itself; remove it", key
                )
            return
        else:
            self._report(written, f"has a misspelt namespace; write {_PREFIX}{rest}", key)
            name = rest
        line = key.start_mark.line + 1
        if name in self._written:
            before = self._found.lines[(name,)]
            self._found.problems.append(
                Problem.of((name,), f"is given twice, on lines {before} and {line}; remove one of them")
            )
            return
        self._written[name] = written
        self._found.lines[(name,)] = line
        if _is_encrypted(node):
            self._found.encrypted.add(name)
            return
        self._found.values[name] = self._value((name,), node)

    def _report(self, key: str, message: str, node: yaml.Node) -> None:
        self._found.problems.append(_problem(key, message, node, self._found))

    def _value(self, path: Path, node: yaml.Node) -> Any:
        self._nodes += 1
        if self._nodes > _MOST_NODES or len(path) > _DEEPEST:
            raise StackTextError("has too many or too deeply nested values; write plain lists and objects")
        self._found.lines.setdefault(path, node.start_mark.line + 1)
        if _is_encrypted(node):
            self._found.problems.append(Problem.of(path, ENCRYPTED))
            return _Encrypted()
        if isinstance(node, yaml.MappingNode):
            return self._map(path, node)
        if isinstance(node, yaml.SequenceNode):
            read = [self._value((*path, index), each) for index, each in enumerate(node.value)]
            return [each for each in read if not isinstance(each, _Encrypted)]
        return self._scalar(path, node)

    def _map(self, path: Path, node: yaml.MappingNode) -> dict[str, Any]:
        read: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in _entries(node):
            if key.tag == f"{_TAG}merge":
                merged |= self._merged(path, value)
                continue
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            inside = (*path, name)
            if key.tag != f"{_TAG}str":
                self._found.problems.append(
                    Problem.of(inside, f"has a key that is not text; put {quoted(name)} in quotes")
                )
            if name in read:
                before, line = self._found.lines[inside], key.start_mark.line + 1
                where = f"on lines {before} and {line}" if before != line else f"on line {line}"
                self._found.problems.append(Problem.of(inside, f"is given twice, {where}; remove one of them"))
                continue
            self._found.lines[inside] = key.start_mark.line + 1
            read[name] = self._value(inside, value)
        return {key: value for key, value in {**merged, **read}.items() if not isinstance(value, _Encrypted)}

    def _merged(self, path: Path, node: yaml.Node) -> Mapping[str, Any]:
        nodes = reversed(node.value) if isinstance(node, yaml.SequenceNode) else [node]
        return {
            key: value
            for each in nodes
            if isinstance(each, yaml.MappingNode)
            for key, value in self._map(path, each).items()
        }

    def _scalar(self, path: Path, node: yaml.Node) -> Any:
        text, tag = str(node.value), node.tag
        if tag == f"{_TAG}null":
            return None
        kind = _KINDS.get(tag)
        plain = isinstance(node, yaml.ScalarNode) and not node.style
        if plain and kind is None and _NUMBER.fullmatch(text):
            kind = "number"
        if kind is None:
            if tag != f"{_TAG}str":
                self._found.problems.append(
                    Problem.of(path, f"has the YAML tag {quoted(tag.removeprefix(_TAG))}; remove the tag")
                )
            return text
        if not plain:  # such as !!int "3"
            return text
        self._found.scalars[path] = Scalar(kind, text)
        if kind == "number":
            return _number(text)
        return _BOOLEANS.get(text.lower(), _Unquoted(text))


class _Unquoted:
    """A value that YAML 1.1 and Pulumi read differently, such as `no`, `030` or a date, and that no key takes."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


class _Encrypted:
    """The place of an encrypted value inside a list or an object."""


def _is_encrypted(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and [key.value for key, _ in _entries(node)] == ["secure"]


def _number(text: str) -> int | float | _Unquoted:
    if re.match(r"[-+]?0[0-9_]", text):
        return _Unquoted(text)  # octal to some parsers
    for parse in (int, float):
        try:
            return parse(text)
        except ValueError:
            continue
    return _Unquoted(text)  # such as 0x1F or 1:30
