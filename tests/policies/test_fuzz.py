"""Values that no AWS resource has: the pack answers nevertheless, and what it can't read doesn't pass."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest

from .graph import UNKNOWN, Graph, Registered
from .stacks import lean
from .trying import AnalyzerOf

DEEP = "[" * 20_000
ODD = (
    None,
    0,
    -1.5,
    True,
    "",
    "x",
    [],
    {},
    [None],
    ["x"],
    [[]],
    {"x": 1},
    UNKNOWN,
    "{",
    DEEP,
    "1e999",
    '{"Statement": [1]}',
)
DOCUMENTS = (
    "[",
    DEEP,
    "3",
    '{"Statement": 1}',
    '{"Statement": [{"Effect": "Permit", "Action": "*", "Resource": "*"}]}',
)
JSON = ("assumeRolePolicy", "eventPattern", "pattern", "policy")
GRAPHS = 12
SIGNATURE = "4dabf18193072939515e22adb298388d"  # how Pulumi itself marks assets and secrets on the wire


def _one_of_each_type() -> list[Registered]:
    by_urn = sorted(lean("dev").resources, key=lambda resource: resource.urn)  # registered in no fixed order
    types = {resource.type: resource for resource in by_urn}
    return [resource for type, resource in types.items() if not type.startswith(("deadfall:", "pulumi:pulumi:"))]


def _paths(value: Any, path: str = "") -> Iterator[str]:
    if path:
        yield path
    if isinstance(value, Mapping):
        for key in value:
            if key != SIGNATURE and not {".", "["} & set(key):
                yield from _paths(value[key], f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        yield from _paths(value[0], f"{path}[0]")


def _mutations() -> Iterator[tuple[str, Any, Registered]]:
    """Every path of a resource of each type, with one odd value after another."""
    odd = cycle(ODD)
    for resource in _one_of_each_type():
        for path in _paths(resource.inputs):
            value = next(odd)
            yield path, value, resource.having(path, value)


def _with(*changed: Registered) -> Graph:
    by_urn = {resource.urn: resource for resource in changed}
    whole = lean("dev")
    return replace(whole, resources=tuple(by_urn.get(resource.urn, resource) for resource in whole.resources))


def test_odd_values_of_one_resource_are_answered(analyzer: AnalyzerOf):
    whole = lean("dev")
    asked = analyzer(whole)
    asked.configure({})
    tried = 0
    for path, value, resource in _mutations():
        tried += 1
        try:
            asked.analyze(whole, resource)
        except Exception as error:
            raise AssertionError(f"{resource.type} {path} = {value!r:.50}") from error
    assert tried > 150


@pytest.mark.parametrize("turn", range(GRAPHS))
def test_odd_values_all_over_the_stack_are_answered(turn: int, analyzer: AnalyzerOf):
    changed: list[Registered] = []
    for number, resource in enumerate(_one_of_each_type()):
        paths = list(_paths(resource.inputs))
        if paths:
            changed.append(resource.having(paths[turn % len(paths)], ODD[(turn + number) % len(ODD)]))
    mutated = _with(*changed)
    asked = analyzer(mutated)
    asked.configure({})
    assert asked.judge(mutated, ()).red


@pytest.mark.parametrize("text", DOCUMENTS, ids=("no JSON", "deep", "a number", "no statement", "no effect"))
def test_documents_that_cannot_be_read_do_not_pass(text: str, analyzer: AnalyzerOf):
    tried = 0
    for resource in _one_of_each_type():
        for key in set(JSON) & set(resource.inputs):
            tried += 1
            mutated = _with(resource.having(key, text))
            asked = analyzer(mutated)
            asked.configure({})
            found = asked.judge(mutated, [each for each in mutated.resources if each.urn == resource.urn])
            assert found.red, f"{resource.type} {key}"
    assert tried >= 8
