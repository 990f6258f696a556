"""Discovery of back ends."""

import pytest

from deadfall.rules.sigma.back_end import discover, targets
from deadfall.rules.sigma.back_ends import NAMES
from deadfall.rules.sigma.parse import RuleError, parse

HEADER = """
title: t
id: 1f6a3f5c-7a5c-4f5e-9b8f-0d9a4bb7d7a1
level: low
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: StopLogging}, condition: selection}
"""


def test_a_back_end_has_the_name_of_its_module() -> None:
    assert tuple(back_end.name for back_end in discover()) == NAMES == ("eventbridge", "metric-filter", "sql")
    assert len({back_end.path for back_end in discover()}) == len(NAMES)


def test_each_target_belongs_to_one_back_end() -> None:
    assert len(targets()) == sum(len(back_end.targets) for back_end in discover())
    (rule,) = parse(HEADER, "some_rule")
    for target, back_end in targets().items():
        assert len(back_end.write(rule, target).queries) == len(back_end.compile(rule).queries) == 1


def test_a_gap_names_a_back_end() -> None:
    (rule,) = parse(f"{HEADER}deadfall: {{gaps: {{metric-filter: a list}}}}", "some_rule")
    assert rule.custom.gaps == {"metric-filter": "a list"}
    with pytest.raises(RuleError, match=r"no such back end; use eventbridge, metric-filter, sql$"):
        parse(f"{HEADER}deadfall: {{gaps: {{athena: a list}}}}", "some_rule")
