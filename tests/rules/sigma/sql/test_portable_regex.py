"""Portable patterns find in DuckDB what the originals find in Python; what would differ is refused."""

import re

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deadfall.patterns.condition import Regex
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.sql.portable_regex import portable

TEXTS = [
    "",
    "a",
    "ab",
    "aB\n",
    "\n",
    "a\n\n",
    "a\r",
    "a.b",
    "a-b",
    "S",
    "\u017f",
    "K\u212a",
    "\u0130\u0131i",
    "é",
    "É",
    "a\x00b",
    "]^",
    "aaa",
]

WRITTEN = {
    "^a.b$": r"\Aa[^\n]b\n?\z",
    "a|b$": r"a|b\n?\z",
    "(a|b)+?c": "(?:a|b)+c",
    r"\.\/\x41\u0042\n": r"\./AB\x0A",
    "[]a-c^-]{2,}": r"[\]a-c\^\-]{2,}",
    "a{2}b{0,3}": "a{2}b{0,3}",
    r"\d\W[\w.-]": r"[0-9][^A-Za-z0-9_][A-Za-z0-9_\.\-]",
}


@pytest.mark.parametrize("pattern", WRITTEN)
def test_written(pattern: str) -> None:
    assert portable("f", pattern) == WRITTEN[pattern]


def test_without_case() -> None:
    assert portable("f", "as1[x-z]é", ignore_case=True) == "[aA](?:[sS]{1})1[x-zXYZ]é"
    assert portable("f", "(?i)k") == "(?:[kK]{1})"


REFUSED = [
    *("(?=a)", "(?!a)", "(?<=a)b", "(?P<n>a)", "(?s)a", "(?>a)", r"(a)\1", r"\bx", r"\Aa", r"[\S]"),
    *("a++", "a**", "*a", "a{", "a{,3}", "a{3,2}", "a{1001}", "(a{40}){40}", "(a$)", "a$b", "^*", "$?"),
    *("(a", "a)", "[a", "a\\", "]", "}", "[b-a]", "[[:alpha:]]", "[a&&b]", r"\x4", r"\q"),
]


@pytest.mark.parametrize("pattern", REFUSED)
def test_refused(pattern: str) -> None:
    with pytest.raises(NotExpressibleError, match=r"^the regular expression of userAgent, .*; "):
        portable("userAgent", pattern)


ALPHABET = "abBsSkKiIzéÉİK0٣_\n\r\v\x1c.]^- \x00"
atoms = st.one_of(
    st.sampled_from(list(ALPHABET)).map(re.escape),
    st.sampled_from(
        [
            ".",
            "[a-z]",
            "[^a]",
            "[^\\n]",
            "[\\]^-]",
            "[i-k]",
            "[-a]",
            "[S-k]",
            "\\x41",
            "\\u0061",
            "\\d",
            "\\S",
            "[\\w-]",
            "[\\s]",
            "^",
        ]
    ),
)
pieces = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(st.sampled_from(["(", "(?:"]), inner, inner).map(lambda each: f"{each[0]}{each[1]}|{each[2]})"),
        st.tuples(inner, st.sampled_from("*+?"), st.sampled_from(["", "?"])).map(
            lambda each: f"(?:{each[0]}){each[1]}{each[2]}"
        ),
        inner.map(lambda each: f"(?:{each}){{1,2}}"),
    ),
    max_leaves=5,
)
patterns = st.tuples(st.sampled_from(["", "^"]), pieces, st.sampled_from(["", "$", "$|a", "|^b$"])).map("".join)


@settings(max_examples=300, deadline=None)
@example(pattern="(a|s)|[k]", ignore_case=True, more=[])
@given(pattern=patterns, ignore_case=st.booleans(), more=st.lists(st.text(ALPHABET, max_size=4), max_size=5))
def test_duckdb_finds_what_python_finds(pattern: str, ignore_case: bool, more: list[str]) -> None:
    try:
        written = portable("f", pattern, ignore_case=ignore_case)
    except NotExpressibleError:
        return
    texts = TEXTS + more
    found = duckdb.execute("SELECT regexp_matches(unnest(?), ?)", [texts, written]).fetchall()
    assert [each[0] for each in found] == [Regex(pattern, ignore_case).holds(text) for text in texts], written
