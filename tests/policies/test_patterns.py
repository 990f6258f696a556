"""Touches as guardrails know them, beside whole records: a guardrail may match less than the matchers, never more."""

from collections.abc import Mapping
from typing import Any

import pytest

from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.patterns.partial_record import known
from guardrails import touches
from guardrails.patterns import certainly_matches
from guardrails.types import EVENT_RULE, METRIC_FILTER, SECRET, USER

from .graph import Graph
from .stacks import STACKS, lean


class _Resource:
    """The part of a resource that `touches` reads."""

    def __init__(self, type: str, props: Mapping[str, Any]) -> None:
        self.resource_type, self.props = type, props


def _touches(whole: Graph, monkeypatch: pytest.MonkeyPatch) -> list[touches.Touch]:
    monkeypatch.setattr("guardrails.stack_config.get_config_env", lambda: whole.config)
    decoys = [_Resource(each.type, each.inputs) for each in whole.resources if each.type in (SECRET, USER)]
    return list(touches.of_stack(decoys))  # type: ignore[arg-type]


def _completed(part: Mapping[str, Any]) -> dict[str, Any]:
    """A whole event or record with this known part: what is absent is left out, and some of the rest is filled in."""
    whole = known(part)
    record = whole.get("detail", whole)
    record.update({"eventName": record.get("eventName", "Something"), "sourceIPAddress": "192.0.2.1"})
    return whole


@pytest.mark.parametrize("stack", STACKS)
def test_rules_and_filters_match_what_guardrails_say_they_do(stack: str, monkeypatch: pytest.MonkeyPatch):
    whole = lean(stack)
    rules = [EventPattern(text) for text in {each.inputs["eventPattern"] for each in whole.all(EVENT_RULE)}]
    filters = [FilterPattern(text) for text in {each.inputs["pattern"] for each in whole.all(METRIC_FILTER)}]
    agreed = 0
    for touch in _touches(whole, monkeypatch):
        for patterns, parts in ((rules, touch.events), (filters, touch.records)):
            for pattern in patterns:
                for part in parts:
                    if certainly_matches(pattern, part):
                        assert pattern.matches(_completed(part.part)), (pattern, touch)
                        agreed += 1
    assert agreed > 50


def test_every_kind_of_decoy_has_touches_that_a_stack_must_see(monkeypatch: pytest.MonkeyPatch):
    from deadfall.decoys import KINDS

    whole = lean("dev")
    monkeypatch.setattr("guardrails.stack_config.get_config_env", lambda: whole.config)
    names = touches.stack_config.names()
    for kind in KINDS.values():
        decoy = kind.model_validate({"kind": kind.kind_name(), **kind.example})
        essential = [each for each in decoy.touches(names, names.home) if each.essential]
        assert essential, f"{kind.kind_name()}: set essential=True on the touches that a stack must see"
        for touch in essential:
            assert touch.traces and not touch.impossible and not touch.unwatched, touch.way


def test_a_decoy_of_config_is_demanded_before_it_is_planted(monkeypatch: pytest.MonkeyPatch):
    whole = lean("dev")
    monkeypatch.setattr("guardrails.stack_config.get_config_env", lambda: whole.config)
    things = {touch.thing for touch in touches.of_stack(())}
    config = touches.stack_config.config()
    assert things == {
        *(f"the {decoy.title.removeprefix('A ')} {decoy.decoy_name}" for decoy in config.decoys),
        "the root user",
        "CloudTrail",
    }
