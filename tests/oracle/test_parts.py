"""The parts of the oracle that need no Java: generated pairs, their kinds, shrinking, and the sentence without Java."""

import json
from collections.abc import Sequence
from functools import partial

import pytest

from tests.java import OracleUnavailable
from tests.oracle.__main__ import pairs
from tests.oracle.event_ruler import EventRuler
from tests.oracle.exceptions import known_exception
from tests.oracle.json_text import Again, Json, Number, render
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


def excused(
    pattern: Json, event: Json, theirs: str, *incomparable: str, asked_again: str = "", same_again: str | None = None
) -> bool:
    """Whether the pair is a known exception, where event-ruler says `asked_again` of every other pair."""
    same = theirs if same_again is None else same_again

    def ask(pairs: Sequence[Pair]) -> list[tuple[str, str, list[str]]]:
        return [
            (our_verdict(render(pair[0]), render(pair[1])), same if pair == (pattern, event) else asked_again, [])
            for pair in pairs
        ]

    ours = our_verdict(render(pattern), render(event))
    return known_exception((pattern, event), ours, theirs, incomparable, ask) is not None


def test_no_other_disagreement_is_excused() -> None:
    for theirs in ("matched", "missed", "refused", "complex", "failed java.lang.ArrayIndexOutOfBoundsException"):
        assert agreed("matched", theirs) or not excused({"a": [Number("1")]}, {"a": Number("1.0")}, theirs)


def test_numbers_are_excused_if_others_in_their_place_agree() -> None:
    pair = {"a": [{"numeric": ["<", Number("1e23")]}]}, {"b": "x"}
    assert excused(*pair, "refused", "1e23", asked_again="missed")
    assert not excused(*pair, "refused", "1e23", asked_again="matched")
    assert not excused(*pair, "refused", asked_again="missed")  # the JDK can compare it: it is no cause


def test_a_range_and_a_list_are_excused_if_a_lesser_one_agrees() -> None:
    widest = {"a": [{"numeric": ["<", Number("1.7976931348623157e308")]}]}
    failed = "failed java.lang.ArrayIndexOutOfBoundsException: 10"
    assert excused(widest, {"a": Number("1")}, failed, asked_again="matched")
    assert not excused(widest, {"a": Number("1")}, failed, asked_again="missed")
    assert not excused({"a": [{"numeric": ["<", Number("5")]}]}, {"a": Number("1")}, failed, asked_again="matched")
    empty = {"a": [{"anything-but": {"prefix": []}}]}
    assert excused(empty, {"a": "x"}, "missed", asked_again="matched")
    assert not excused(empty, {"a": "x"}, "missed", asked_again="missed")


def test_an_address_is_excused_only_where_its_digits_are_in_the_block() -> None:
    block = partial(excused, {"a": [{"cidr": "16.0.0.0/8"}, "10.0.0.1"]})
    assert block({"a": "10ab::1"}, "matched")
    assert block({"a": "a00:1::"}, "matched")  # what is no block is one of one address
    assert block({"a": Number("1051")}, "matched")
    assert not block({"a": "20ab::1"}, "matched")
    assert not block({"a": "16.0.0.1"}, "missed")
    assert not block({"a": "1.1.1.1"}, "matched")
    assert not block({"a": Number("1.051e3")}, "matched")
    assert not block({"b": "10ab::1"}, "matched")


def test_a_number_is_excused_before_an_address_that_begins_with_its_digit_if_event_ruler_finds_it_alone() -> None:
    event = {"a": Number("18446744073709551617")}

    def lost(*alternatives: Json, asked_again: str = "matched") -> bool:
        return excused({"a": list(alternatives)}, event, "missed", event["a"], asked_again=asked_again)

    assert lost(event["a"], "24.1.2.1")  # 0x18
    assert lost(event["a"], {"cidr": "8.0.0.0/3"})  # from 0x00 to 0x1f
    assert not lost(event["a"], "24.1.2.1", asked_again="missed")
    assert not lost("24.1.2.1", event["a"])
    assert not lost(event["a"], "240.1.2.1")
    assert not lost(event["a"], {"anything-but": "24.1.2.1"})
    comparable = {"a": Number("1")}
    assert not excused({"a": [comparable["a"], "24.1.2.1"]}, comparable, "missed", asked_again="matched")


def test_a_wildcard_beside_several_bytes_is_excused_if_event_ruler_contradicts_itself() -> None:
    beside = {"a": [{"wildcard": "*a"}, {"anything-but": {"equals-ignore-case": "a"}}]}
    assert excused(beside, {"a": "l"}, "missed", asked_again="matched")
    assert not excused(beside, {"a": "l"}, "missed", asked_again="missed")
    in_other_fields = {"a": [{"wildcard": "*a"}], "b": [{"anything-but": {"equals-ignore-case": "a"}}]}
    assert not excused(in_other_fields, {"a": "a", "b": "l"}, "missed", asked_again="matched")
    assert excused({"a": [{"wildcard": "*a"}, {"suffix": "日"}]}, {"a": "b"}, "matched", asked_again="missed")
    assert not excused({"a": [{"wildcard": "*a"}, {"suffix": "b"}]}, {"a": "c"}, "matched", asked_again="missed")


def test_the_elements_are_asked_for_without_or_which_makes_a_wildcard_more_complex() -> None:
    pair = (
        {"a": {"$or": [{"b": [True]}, {"c": [None]}], "d": [{"wildcard": "*b*b*b"}, {"suffix": "\U00010428"}]}},
        {"a": {"c": None, "d": "\U00010400"}},
    )
    asked = []

    def ask(pairs: Sequence[Pair]) -> list[tuple[str, str, list[str]]]:
        asked.extend(render(pattern) for pattern, _ in pairs)
        return [("missed", "complex" if "$or" in render(pattern) else "missed", []) for pattern, _ in pairs]

    assert known_exception(pair, "missed", "matched", [], ask) is not None
    assert {
        '{"a.b": [true], "a.d": [{"wildcard": "*b*b*b"}]}',
        '{"a.c": [null], "a.d": [{"suffix": "\\ud801\\udc28"}]}',
    } < {*asked}


def test_a_branch_is_excused_that_resembles_an_earlier_one_if_event_ruler_finds_it_alone() -> None:
    event = {"a": "y", "b": True}
    shared, other = {"a": ["x"], "b": [True]}, {"a": ["x", "y"], "b": [True]}
    assert excused({"$or": [shared, other]}, event, "missed", asked_again="matched")
    assert not excused({"$or": [shared, other]}, event, "missed", asked_again="missed")
    assert not excused({"$or": [shared, other | {"b": [True], "a": ["y"]}]}, event, "missed", asked_again="matched")
    assert not excused({"$or": [{"a": ["x"]}, other]}, event, "missed", asked_again="matched")
    assert not excused(other, event, "missed", asked_again="matched")


def test_event_ruler_is_no_witness_against_itself() -> None:
    texts = {"a": ["A"]}, {"a": "A"}
    assert excused(*texts, "missed", same_again="matched")
    assert not excused(*texts, "missed", same_again="missed")
    assert excused(*texts, "missed but not without its index")
    assert not excused(*texts, "failed but not without its index")


def test_what_is_too_complex_is_excused_only_behind_texts_that_event_ruler_does_not_find_again() -> None:
    branches = [{"a": ["x"]}, {"a": [{"wildcard": "*"}]}, {"a": ["x"]}]
    assert excused({"b": [{"wildcard": "*a*a*a"}], "$or": branches}, {}, "missed")
    assert not excused({"b": [{"wildcard": "*a*a*a*a*a*a"}], "$or": branches}, {}, "missed")


def test_without_java_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OracleUnavailable) as unavailable:
        EventRuler()
    assert str(unavailable.value) == (
        "The oracle is AWS's event-ruler, which is Java: put java and mvn on PATH (JDK 17 or newer)."
    )
