"""How two values of a property compare."""

from typing import Any

import pytest

from deadfall.lab.provider.schema import blocks, changes, document, number, string, string_map, strings
from deadfall.lab.provider.values import UNKNOWN, secret

SCHEMA = {
    "text": string(),
    "policy": document(),
    "count": number(),
    "set": strings(),
    "tags": string_map(),
    "rules": blocks({"id": string(), "values": strings()}),
}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"policy": '{"a": 1, "b": 2}'}, {"policy": '{"b":2,\n"a":1}'}),
        ({"set": ["a", "b"]}, {"set": ["b", "a"]}),
        ({"set": []}, {}),
        ({"tags": {}}, {}),
        ({"count": 1}, {"count": 1.0}),
        ({"text": secret("x")}, {"text": "x"}),
        (
            {"rules": [{"id": "a", "values": ["x", "y"]}, {"id": "b"}]},
            {"rules": [{"values": [], "id": "b"}, {"values": ["y", "x"], "id": "a"}]},
        ),
    ],
)
def test_what_means_the_same_is_no_change(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert changes(SCHEMA, old, new) == []
    assert changes(SCHEMA, new, old) == []


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ({"policy": '{"a": [1, 2]}'}, {"policy": '{"a": [2, 1]}'}, ["policy"]),  # in a document, order may matter
        ({"set": ["a"]}, {"set": ["a", "a"]}, ["set"]),
        ({"text": ""}, {}, ["text"]),
        ({"count": 0}, {}, ["count"]),
        ({"tags": {"a": "b"}}, {"tags": {"a": "c"}}, ["tags"]),
        ({"text": secret("x")}, {"text": secret("y")}, ["text"]),
        ({"rules": [{"id": "a", "values": ["x"]}]}, {"rules": [{"id": "a"}]}, ["rules"]),
        ({"text": UNKNOWN}, {"text": UNKNOWN}, ["text"]),
        ({"text": "a", "count": 1}, {"text": "b", "count": 2}, ["text", "count"]),
    ],
)
def test_what_means_another_thing_is_a_change(old: dict[str, Any], new: dict[str, Any], changed: list[str]) -> None:
    assert changes(SCHEMA, old, new) == changed
