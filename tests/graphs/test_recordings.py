"""The built-in engine previews what was recorded, and the same as the real engine.

The recordings are of every shipped stack, and of a program with one of every option that there is. `make docs` writes
them with the built-in engine (`graph.py` describes them). Where the pulumi CLI is on PATH, its preview is compared with
the built-in engine's in full.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from deadfall.lab.engine import Result, pulumi_state
from deadfall.lab.provider.values import SECRET, reveal, signature
from deadfall.rules.coverage.deployment import plan_deployment
from deadfall.stack_files import PROJECT, SEED, config_of
from tests import warm
from tests.lab.real_engine import needs_cli
from tests.rules.stack import detections_of

from . import graph
from .graph import Graph, Recording
from .previews import PREVIEWS, STACKS, of_builtin_engine, of_pulumi, recording

# Nothing of where, when or by whom a preview is made may be in it.
ANOTHER_ENVIRONMENT = {
    "AWS_REGION": "ap-southeast-2",
    "AWS_DEFAULT_REGION": "sa-east-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "nobody's",
    "AWS_PROFILE": "somebody",
    "PYTHONHASHSEED": "7",
    "TZ": "Asia/Kathmandu",
    "LC_ALL": "C",
}


@cache
def foreseen(preview: str) -> Result:
    """The preview by the built-in engine; that of dev is made in another folder, environment and Python."""
    if preview != "dev":
        return of_builtin_engine(preview)
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        warm.uninstall(patch)
        patch.chdir(folder)
        for name, value in ANOTHER_ENVIRONMENT.items():
            patch.setenv(name, value)
        return of_builtin_engine(preview)


@cache
def whole(preview: str) -> Graph:
    return graph.of_resources(foreseen(preview).resources)


def recorded(preview: str) -> Recording:
    if not recording(preview).exists():
        pytest.fail(f"There is no {_file(preview)}: record it with `make docs`.")
    return json.loads(recording(preview).read_text())


def fail(said: str, differences: list[str], remedy: str) -> None:
    if differences:
        pytest.fail(f"{said}\n{graph.shortened(differences)}\n{remedy}", pytrace=False)


def _file(preview: str) -> str:
    return recording(preview).relative_to(PROJECT).as_posix()


@pytest.mark.parametrize("stack", STACKS)
def test_the_preview_of_a_shipped_stack_says_that_nothing_done_to_its_decoys_goes_unseen(stack: str) -> None:
    (said,) = foreseen(stack).diagnostics
    assert said.severity == "info"
    assert re.fullmatch(r"coverage: \d+ proved, \d+ impossible, \d+ gaps, 0 holes; see docs/coverage\.md", said.message)


@pytest.mark.parametrize("preview", PREVIEWS)
def test_the_builtin_engine_foresees_what_was_recorded(preview: str) -> None:
    fail(
        f"The preview is not {_file(preview)} (-: recorded, +: previewed, =: all of a resource with another digest):",
        graph.differences_of_recording(recorded(preview), whole(preview)),
        "If the program, its config, a rule or an SDK was meant to change so, run `make docs` and review its changes.",
    )


@needs_cli
@pytest.mark.parametrize("preview", PREVIEWS)
def test_the_real_engine_foresees_the_same(preview: str) -> None:
    document = of_pulumi(preview)
    fail(
        f"The engines preview other graphs of {preview} (-: `pulumi preview --json`, +: the built-in engine):",
        graph.differences(graph.of_document(document), whole(preview)),
        "The built-in engine is wrong, or the pulumi CLI on PATH is newer than what it follows.",
    )
    # The lab's own reading of the document says the same.
    read = graph.of_resources(pulumi_state.of_preview(document))
    assert graph.differences(graph.of_document(document), read) == []


def test_there_is_a_recording_of_every_shipped_stack_and_no_other() -> None:
    assert {"dev", "minimal", "prod"} <= set(STACKS)
    assert {file.stem for file in recording("any").parent.iterdir()} == set(PREVIEWS)


@pytest.mark.parametrize("preview", PREVIEWS)
def test_a_recording_is_written_as_make_docs_writes_it(preview: str) -> None:
    assert recording(preview).read_text() == graph.text(recorded(preview))


# What coverage is proved of

RULE, FILTER = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/logMetricFilter:LogMetricFilter"
OF_ALARMS = "CloudWatch Alarm State Change"


def planned(stack: str, kind: str) -> Iterator[Mapping[str, Any]]:
    for resource in whole(stack)["resources"].values():
        if resource["type"] == kind:
            yield resource["inputs"]


@pytest.mark.parametrize("stack", STACKS)
def test_coverage_is_proved_of_what_the_program_makes(stack: str):
    config = config_of(stack)
    found = detections_of(stack)
    made = plan_deployment(config, found)
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


# What is not in it


@pytest.mark.parametrize("preview", PREVIEWS)
def test_no_secret_is_recorded(preview: str) -> None:
    hidden = list(secrets(foreseen(preview)))
    assert hidden
    written = recording(preview).read_text() + graph.text(whole(preview))
    for resource, key, value in hidden:
        assert recorded(preview)["resources"][resource]["inputs"][key] == "[secret]"
        assert value not in written
        assert json.dumps(value)[1:-1] not in written
        assert whole(preview)["resources"][resource]["inputs"][key] == "[secret]"
    for text in (recording(preview).read_text(), graph.text(whole(preview))):
        assert text.count('"[secret]"') == len(hidden)
    assert all(value not in written for value in SEED.values())


def secrets(result: Result) -> list[tuple[str, str, str]]:
    """Every secret input: its resource as it is recorded, its key, its text."""
    return [
        (resource.urn.split("::", 2)[2], key, _plain_text(value))
        for resource in result.resources
        for key, value in resource.inputs.items()
        if signature(value) == SECRET
    ]


def _plain_text(value: Any) -> str:
    plain = reveal(value)
    return plain if isinstance(plain, str) else json.dumps(plain)


@pytest.mark.parametrize("preview", PREVIEWS)
def test_nothing_of_a_machine_is_recorded(preview: str) -> None:
    written = recording(preview).read_text() + graph.text(whole(preview))
    assert str(PROJECT) not in written
    assert re.findall(r'"(?:file:/*)?/(?:home|root|Users|tmp|opt|work|usr|var|private)/[^"]*"', written) == []
    assert re.findall(r"127\.0\.0\.1|localhost|site-packages", written) == []
