"""A few generated archives; `make hunt-fuzz` checks many."""

from tests.hunt.fuzz import run


def test_hits_of_intact_records_are_those_of_the_reference_and_all_else_is_named() -> None:
    seen = run(25)
    assert min(seen["hits"], seen["skipped files"], seen["skipped records"], seen["repaired files"]) > 0
