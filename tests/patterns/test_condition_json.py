"""Conditions are unchanged by a round trip through JSON."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadfall.patterns.condition import (
    And,
    Boolean,
    Cidr,
    Condition,
    Exists,
    Keyword,
    Not,
    Null,
    Number,
    Or,
    Part,
    Regex,
    SameAs,
    Test,
    Text,
)
from deadfall.patterns.condition_json import condition_from_json, condition_to_json

texts = st.builds(
    Text,
    st.lists(st.builds(Part, st.text()) | st.sampled_from([Part(wildcard="*"), Part(wildcard="?")])).map(tuple),
    st.booleans(),
)
values = (
    texts
    | st.builds(Number, st.integers() | st.floats(allow_nan=False), st.sampled_from(["=", "<", "<=", ">", ">="]))
    | st.builds(Boolean, st.booleans())
    | st.builds(Cidr, (st.ip_addresses() | st.just("10.0.0.0/8")).map(str))
    | st.builds(Regex, st.text().map(re.escape) | st.just("^a.*(b|c)$"), st.booleans())
)
leaves = (
    st.builds(Test, st.text(), values)
    | st.builds(Null, st.text())
    | st.builds(Exists, st.text(), st.booleans())
    | st.builds(SameAs, st.text(), st.text())
    | st.builds(Keyword, texts, st.none() | st.text())
)
conditions = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Not, inner) | st.builds(And, st.lists(inner).map(tuple)) | st.builds(Or, st.lists(inner).map(tuple))
    ),
)


@given(conditions)
def test_round_trip(condition: Condition) -> None:
    assert condition_from_json(json.loads(json.dumps(condition_to_json(condition)))) == condition


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"field": "a"},
        {"field": 1, "null": True},
        {"field": "a", "value": {}},
        {"field": "a", "value": {"text": [{"wild": "*"}], "cased": True}},
        {"and": [{}]},
        {"and": 1},
        {"or": {}},
        {"keyword": {"text": ["a"], "cased": True}, "field": 1},
        {"field": "a", "value": {"text": [{"wildcard": "+"}], "cased": True}},
        {"field": "a", "value": {"text": ["a"], "cased": "no"}},
        {"field": "a", "value": {"number": 1, "op": "<>"}},
        {"field": "a", "value": {"number": "1", "op": "="}},
        {"field": "a", "value": {"cidr": "nowhere"}},
        {"field": "a", "value": {"regex": "(", "ignoreCase": True}},
        {"exists": True},
        None,
    ],
)
def test_other_json_is_rejected(document: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        condition_from_json(document)
