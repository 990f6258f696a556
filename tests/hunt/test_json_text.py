"""Single JSON values are scanned, repaired and parsed without recursion, whatever is in them."""

import json
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deadfall.hunt.json_text import DEEPEST, cut_depth, end_of_brackets, parse_record, repair

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(), values), st.booleans())
def test_json_stays_what_it_is(record: dict[str, Any], ascii_only: bool) -> None:
    text = json.dumps(record, ensure_ascii=ascii_only)
    assert parse_record(text) == record
    assert cut_depth(text) == text
    assert repair(text.encode()) == (text, ())
    assert end_of_brackets(text + "]}", 0, len(text) + 2) == len(text)


@settings(deadline=None)
@given(st.binary(), st.text(alphabet='\\ud8cf09"n{}[]\x00 '))
def test_repaired_text_is_unicode(data: bytes, text: str) -> None:
    for written in (data, text.encode()):
        repaired, _ = repair(b'{"a": "' + written + b'"}')
        repaired.encode()
        try:
            json.dumps(json.loads(repaired), ensure_ascii=False).encode()
        except ValueError as error:
            assert not isinstance(error, UnicodeError)


@pytest.mark.parametrize("literal", ["nan", "-nan", "NaN", "inf", "-INFINITY", "[1, 2,]", "1e999", "9" * 9999])
def test_what_duckdb_reads_is_parsed(literal: str) -> None:
    text = f'{{"inf": "-nan", "a": {literal}}}'
    (read,) = duckdb.connect().execute("SELECT json_extract(?, '$')", [text]).fetchall()[0]
    record = parse_record(read)
    assert record["inf"] == "-nan"
    assert record["a"] in (literal, [1, 2])
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize("levels", [DEEPEST - 2, DEEPEST - 1, DEEPEST, 100_000])
def test_depth_is_cut(levels: int) -> None:
    text = '{"a": ' + "[" * levels + '"]"' + "]" * levels + ', "b": {"c": 1}}'
    record = parse_record(text)
    assert record["b"] == {"c": 1}
    depth = json.dumps(record["a"]).count("[")
    assert depth == min(levels, DEEPEST - 1)
    assert ("nested more than" in json.dumps(record)) == (levels > DEEPEST - 1)


def test_what_can_not_be_parsed_is_shown() -> None:
    assert parse_record("{x") == {"unparsed": "{x"}


@pytest.mark.parametrize("text", ["[", "[}", '{"a": [}', '["]', '["\\"]', '["\\', "[[]"])
def test_brackets_that_do_not_match_have_no_end(text: str) -> None:
    assert end_of_brackets(text, 0, len(text)) is None
