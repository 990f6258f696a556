"""The numbers are those of AWS's event-ruler 2.1.0 (MachineComplexityEvaluator) for the same wildcards."""

import pytest

from deadfall.patterns.event_pattern_operators import compile_alternative
from deadfall.patterns.wildcard_complexity import FieldMachine


@pytest.mark.parametrize(
    ("wildcards", "complexity"),
    [
        ([], 0),
        ([["literal"]], 1),
        ([["*"]], 2),
        ([["prefix*"]], 2),
        ([["*secret:payroll-*"]], 3),
        ([["*:secret:payroll-*"]], 4),  # the colon repeats
        ([["*:secret:payroll-*"], ["*:secret:billing-*"]], 8),
        ([["*a*b*c*"]], 5),
        ([["*a*a*a*"]], 7),
        ([["*x*:*:*:*:*"]], 10),
        ([["/Users/*/dir/dir/dir/dir/dir/doc.txt"]], 7),  # accepted by EventBridge
        ([["*:*:*:*:*:event-bus/*"]], 11),  # rejected by EventBridge
        ([["*ab*", "*ac*"]], 5),  # two texts of one anything-but
        ([["*ab*"], ["*ac*"]], 6),
        ([["*aa*a"]] * 3, 13),  # each branch of an $or adds it, 5 alone
        ([["*aa*"]] * 2, 7),
        ([["a*b"]] * 2, 3),
        ([["*1*1*1"]], 6),
        ([["*1*1*1"]] * 2, 6),  # only characters without case: the same path again
        ([["aa*"]] * 2, 2),
        ([["b", "*b"]], 3),  # a star may match nothing
        ([["a"], ["*b"]], 3),  # potential longer matches count too
        ([[r"\*\*"]], 1),  # escaped stars are no wildcards
    ],
)
def test_complexity_is_that_of_event_ruler(wildcards: list[list[str]], complexity: int) -> None:
    machine = FieldMachine()
    for texts in wildcards:
        machine.add([compile_alternative({"anything-but": {"wildcard": texts}}, "field")])
    assert machine.complexity() == complexity
