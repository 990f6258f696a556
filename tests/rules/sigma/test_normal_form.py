"""Normal forms negate only leaves and preserve the meaning."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadfall.patterns.condition import And, Condition, Exists, Not, Null, Or, Test, Text
from deadfall.patterns.normal_form import normal_form

A, B, C = (Test(field, Text.literal("x")) for field in "abc")
RECORDS = [
    {field: value for field, value in zip("abc", values, strict=True) if value != "absent"}
    for values in product(("x", "y", None, "absent"), repeat=3)
]

conditions: st.SearchStrategy[Condition] = st.recursive(
    st.sampled_from([A, B, C, Null("a"), Exists("b"), Exists("c", there=False)]),
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Not(Not(A)), A),
        (Not(And((A, B))), Or((Not(A), Not(B)))),
        (Not(Or((A, Not(B)))), And((Not(A), B))),
        (And((A, And((B, C)))), And((A, B, C))),
        (Or((A, Or((B, A)))), Or((A, B))),
        (And((A,)), A),
        (Not(Exists("a")), Exists("a", there=False)),
        (Not(Null("a")), Not(Null("a"))),
        (And((A, And(()))), A),
        (And((A, Or(()))), Or(())),
        (Or((A, Not(Or(())))), And(())),
    ],
)
def test_exact_result(condition: Condition, expected: Condition) -> None:
    assert normal_form(condition) == expected


@given(conditions)
def test_means_the_same(condition: Condition) -> None:
    normal = normal_form(condition)
    assert [normal.matches(record) for record in RECORDS] == [condition.matches(record) for record in RECORDS]


@given(conditions)
def test_is_flat_and_negates_leaves_only(condition: Condition) -> None:
    def check(node: Condition) -> None:
        match node:
            case Not(of=of):
                assert isinstance(of, Test | Null)
            case And(of=of) | Or(of=of):
                assert len(of) > 1
                assert len(set(of)) == len(of)
                for inner in of:
                    assert type(inner) is not type(node)
                    check(inner)

    normal = normal_form(condition)
    if normal not in (And(()), Or(())):
        check(normal)
