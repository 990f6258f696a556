"""The parts of the oracle that need no Java: generated pairs, their kinds, shrinking, and the sentence without Java."""

import json
from collections.abc import Sequence

import pytest

from tests.oracle.__main__ import pairs
from tests.oracle.event_ruler import EventRuler, OracleUnavailable
from tests.oracle.exceptions import known_exception
from tests.oracle.json_text import Again, Number, render
from tests.oracle.kinds import MATCH_TYPES, NESTINGS, kinds
from tests.oracle.shrink import Pair, shrunk
from tests.oracle.verdicts import agreed, our_verdict


def test_a_seed_gives_the_same_pairs_which_are_json() -> None:
    texts = [(render(pattern), render(event)) for pattern, event in pairs(1, 200)]
    assert texts == [(render(pattern), render(event)) for pattern, event in pairs(1, 200)]
    assert texts != [(render(pattern), render(event)) for pattern, event in pairs(2, 200)]
    assert all(isinstance(json.loads(event), dict) for _, event in texts)
    for pattern, _ in texts:
        json.loads(pattern)


def test_few_pairs_suffice_for_every_kind() -> None:
    met = set().union(*(kinds(*pair) for pair in pairs(1, 1000)))
    assert {*MATCH_TYPES, *NESTINGS} - met == set()


def test_text_keeps_how_a_number_is_written_and_keys_named_twice() -> None:
    assert render({"a": [Number("1e2")], Again("a"): ["é"]}) == '{"a": [1e2], "a": ["\\u00e9"]}'


def test_a_disagreement_is_shrunk_to_what_it_needs() -> None:
    def disagreeing(batch: Sequence[Pair]) -> list[bool]:
        return ['"prefix"' in render(pattern) and "7" in render(event) for pattern, event in batch]

    pattern = {"a": {"b": ["x", {"prefix": "long"}], "c": [None]}, "d": [True]}
    event = {"a": [{"b": "longer"}, {"b": "7th"}], "d": True}
    assert shrunk((pattern, event), disagreeing) == ({"prefix": ""}, {"b": "7"})


def test_verdicts_are_compared() -> None:
    assert our_verdict('{"a": [1]}', '{"a": 1.0}') == "matched"
    assert our_verdict('{"a": [1]}', '{"a": 2}') == "missed"
    refused = our_verdict('{"a": []}', "{}")
    assert refused == "refused Event pattern is not valid at a: empty arrays are not allowed"
    assert [agreed("matched", "matched"), agreed(refused, "refused for its reason")] == ["matched", "refused"]
    assert [agreed("matched", "missed"), agreed(refused, "missed"), agreed(refused, "complex")] == [None, None, None]
    assert agreed(our_verdict('{"a": [{"wildcard": "*:*:*:*:*:x/*"}]}', "{}"), "complex") == "complex"


def test_only_what_is_named_is_an_exception() -> None:
    pair: Pair = ({"a": [Number("1")]}, {"a": Number("1.0")})
    assert known_exception(pair, "matched", "missed", []) is None
    assert known_exception(pair, "missed", "matched", []) is None
    assert known_exception(pair, "matched", "missed", ["1e400"]) is not None
    assert known_exception(({"a": [{"cidr": "0.0.0.0/0"}]}, {"a": "::1"}), "missed", "matched", []) is not None
    assert known_exception(({"a": [{"cidr": "0.0.0.0/0"}]}, {"a": "1.1.1.1"}), "missed", "matched", []) is None


def test_without_java_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OracleUnavailable) as unavailable:
        EventRuler()
    assert str(unavailable.value) == (
        "The oracle is AWS's event-ruler, which is Java: put java and mvn on PATH (JDK 17 or newer)."
    )
