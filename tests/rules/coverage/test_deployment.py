"""Coverage is proved of what the program deploys: of the previews that are recorded (tests/graphs)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from deadfall.rules.catalog import detections
from deadfall.rules.coverage.__main__ import STACKS
from deadfall.rules.coverage.deployment import deployed
from deadfall.stack_files import config_of

from ...graphs.previews import recording

RULE, FILTER = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/logMetricFilter:LogMetricFilter"
OF_ALARMS = "CloudWatch Alarm State Change"


def planned(stack: str, kind: str) -> Iterator[Mapping[str, Any]]:
    for resource in json.loads(recording(stack).read_text())["resources"].values():
        if resource["type"] == kind:
            yield resource["inputs"]


@pytest.mark.parametrize("stack", STACKS)
def test_it_is_what_the_program_makes(stack: str):
    config = config_of(stack)
    found = detections(config)
    made = deployed(config, found)
    counting = [each.id for each in found if each.rule.count]

    def reacts_to_one(inputs: Mapping[str, Any]) -> bool:
        return not any(name in inputs["name"] for name in counting)

    rules = [
        (inputs["region"], inputs["state"], inputs["eventPattern"]["[json]"])
        for inputs in planned(stack, RULE)
        if reacts_to_one(inputs) and OF_ALARMS not in str(inputs)
    ]
    assert in_order(rules) == in_order((rule.region, rule.state, json.loads(rule.pattern)) for rule in made.rules)
    filters = [
        inputs["pattern"] for inputs in planned(stack, FILTER) if reacts_to_one(inputs) and leads_to_responder(inputs)
    ]
    assert sorted(filters) == sorted(each.pattern for each in made.filters)


def leads_to_responder(inputs: Mapping[str, Any]) -> bool:
    """The exact filters of a benchmark ring alarms that tell people alone."""
    return not inputs["metricTransformation"]["namespace"].endswith("/cis")


def in_order(rules: Any) -> list[str]:
    return sorted(map(json.dumps, rules))
