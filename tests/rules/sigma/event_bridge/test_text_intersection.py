"""What two text patterns have in common."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deadfall.patterns.condition import ANY, Part, Text
from deadfall.rules.sigma.event_bridge import text_intersection
from deadfall.rules.sigma.event_bridge.text_intersection import TooManyError, covers, intersection, widest

TEXTS = ["".join(characters) for length in range(6) for characters in product("abA", repeat=length)]


def text(pattern: str, *, cased: bool = True) -> Text:
    """`a*b` as a pattern."""
    first, *others = pattern.split("*")
    parts = [Part(first), *(part for other in others for part in (Part(wildcard=ANY), Part(other)))]
    return Text(tuple(part for part in parts if part.text or part.wildcard), cased)


patterns = st.text("abA*", max_size=4).filter(lambda pattern: "**" not in pattern)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a*", "*b", ["a*b"]),
        ("ab*", "*ba", ["aba", "ab*ba"]),
        ("a*", "ab*", ["ab*"]),
        ("a*", "b*", []),
        ("*", "a*b", ["a*b"]),
        ("a*", "ab", ["ab"]),
        ("*ab*", "*b*", ["*ab*"]),
        ("*a*", "*b*", ["*a*b*", "*b*a*"]),
    ],
)
def test_to_the_letter(one: str, other: str, expected: list[str]) -> None:
    assert intersection(text(one), text(other)) == tuple(map(text, expected))


@settings(max_examples=300, deadline=None)
@given(patterns, patterns, st.booleans(), st.booleans())
def test_holds_where_both_do(one: str, other: str, one_cased: bool, other_cased: bool) -> None:
    first, second = text(one, cased=one_cased), text(other, cased=other_cased)
    try:
        common = intersection(first, second)
    except TooManyError:
        assert one_cased != other_cased
        return
    for candidate in TEXTS:
        assert any(each.holds(candidate) for each in common) == (first.holds(candidate) and second.holds(candidate))


@settings(max_examples=300, deadline=None)
@given(patterns, patterns, st.booleans(), st.booleans())
def test_what_is_covered_holds_nowhere_else(one: str, other: str, one_cased: bool, other_cased: bool) -> None:
    wider, narrower = text(one, cased=one_cased), text(other, cased=other_cased)
    if covers(wider, narrower):
        assert [each for each in TEXTS if narrower.holds(each) and not wider.holds(each)] == []


def test_cased_pattern_and_pattern_in_any_case_have_no_common_pattern() -> None:
    with pytest.raises(TooManyError):
        intersection(text("a*"), text("*b", cased=False))
    assert intersection(text("a*"), text("B*", cased=False)) == ()
    assert intersection(text("ab"), text("*B", cased=False)) == (text("ab"),)


def test_too_many_to_list() -> None:
    with pytest.raises(TooManyError):
        intersection(text("*a*b*c*d*"), text("*e*f*g*h*"))
    with pytest.raises(TooManyError):
        intersection(text("a" * 5000 + "*"), text("*" + "a" * 5000))


def test_widest_keeps_one_of_equals() -> None:
    assert widest([text("ab", cased=False), text("AB", cased=False), text("ab")]) == (text("ab", cased=False),)
    assert widest([text("ab"), text("a*"), text("b")]) == (text("a*"), text("b"))


def test_widest_of_thousands_compares_each_text_with_few(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[Text] = []

    def counted(wider: Text, other: Text) -> bool:
        compared.append(other)
        return covers(wider, other)

    monkeypatch.setattr(text_intersection, "covers", counted)
    texts = [text(f"user{number}", cased=False) for number in range(3000)]
    found = widest([*texts, text("USER7", cased=False), text("user9"), text("user1*", cased=False)])
    assert found == (*(each for each in texts if not str(each.plain).startswith("user1")), text("user1*", cased=False))
    assert len(compared) < 10_000
