"""The detections and tags that config demands are those that the pack demands: not one more, not one fewer."""

import json

import pytest

from deadfall.config import COMPULSORY_DETECTIONS, MANDATORY_TAGS, ConfigError, of_stack
from deadfall.decoys import KINDS
from deadfall.rules.catalog import detections
from guardrails.account import mandatory_tags
from guardrails.types import EVENT_RULE, EVENT_TARGET, METRIC_ALARM, METRIC_FILTER

from .graph import Graph
from .stacks import lean
from .trying import AnalyzerOf

OF_DECOYS = tuple(name for kind in KINDS.values() for name in kind.compulsory_detections)
COMPULSORY = (*COMPULSORY_DETECTIONS, *OF_DECOYS)
ONLY_COMPULSORY = {"*": "none", **dict.fromkeys(COMPULSORY, "default")}


def without(graph: Graph, detection: str) -> Graph:
    """Return the graph without the rules, targets, filters and alarms of a detection."""
    ids = [each.id for each in detections(of_stack(graph.config)) if each.rule.name == detection]
    assert ids, f"the stack has no {detection}"
    types = (EVENT_RULE, EVENT_TARGET, METRIC_FILTER, METRIC_ALARM)
    gone = {
        each.key
        for each in graph.resources
        if each.type in types and any(each.name == id or each.name.startswith(f"{id}-") for id in ids)
    }
    assert EVENT_RULE in {type for type, _ in gone}
    for type, name in gone:
        graph = graph.without(type, name)
    return graph


def judge(graph: Graph, analyzer: AnalyzerOf) -> list[str]:
    running = analyzer(graph)
    running.configure({})
    return [said.message for said in running.judge(graph, []).said if said.policy == "detection-both-paths"]


def test_the_compulsory_detections_suffice(analyzer: AnalyzerOf):
    graph = lean("dev")
    config = of_stack({**graph.config, "deadfall:detections": json.dumps(ONLY_COMPULSORY)})
    assert {each.rule.name for each in detections(config)} == set(COMPULSORY)
    for name in {each.rule.name for each in detections(of_stack(graph.config))} - set(COMPULSORY):
        graph = without(graph, name)
    assert judge(graph, analyzer) == []


@pytest.mark.parametrize("detection", COMPULSORY)
def test_without_one_of_them_the_pack_reports_one_violation_and_config_one_sentence(
    detection: str, analyzer: AnalyzerOf
):
    assert len(judge(without(lean("dev"), detection), analyzer)) == 1
    with pytest.raises(ConfigError) as raised:
        of_stack({**lean("dev").config, "deadfall:detections": json.dumps({detection: "none"})})
    (problem,) = raised.value.problems
    assert str(problem).startswith(f"deadfall:detections: {detection} cannot be none")


def test_all_of_them_off_is_one_violation_too(analyzer: AnalyzerOf):
    graph = lean("dev")
    for detection in COMPULSORY:
        graph = without(graph, detection)
    assert len(judge(graph, analyzer)) == 1


def test_the_tags_are_the_same():
    assert mandatory_tags.CONFIG["keys"]["default"] == list(MANDATORY_TAGS)


@pytest.mark.parametrize(
    ("policy", "changes"),
    [
        ("detection-both-paths", {"detections": {"root_use": "none"}}),
        ("account-mandatory-tags", {"tags": {}}),
    ],
)
def test_an_exception_from_the_guardrail_excuses_config_too(policy: str, changes: dict[str, object]):
    changed = {f"deadfall:{key}": json.dumps(value) for key, value in changes.items()}
    with pytest.raises(ConfigError):
        of_stack({**lean("dev").config, **changed})
    exception = {"policy": policy, "owner": "soc@example.com", "reason": "being replaced", "expires": "2027-01-31"}
    assert of_stack({**lean("dev").config, **changed, "deadfall:policyExceptions": json.dumps([exception])})
