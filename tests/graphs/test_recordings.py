"""The built-in engine foresees what the real one foresaw when it was recorded, and the real one still does.

The recordings are what `pulumi preview --json` gave for every shipped stack, and for a program with one of every option
that there is (`graph.py` says what of it is recorded). `make graphs` records them again.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from deadfall.lab.engine import Result, pulumi_state
from deadfall.lab.provider.values import SECRET, reveal, signature
from deadfall.stack_files import PROJECT, SEED
from tests.lab.real_engine import needs_cli

from . import graph
from .graph import Graph
from .previews import PREVIEWS, STACKS, of_builtin_engine, of_pulumi, recording

foreseen = cache(of_builtin_engine)


def recorded(preview: str) -> Graph:
    if not recording(preview).exists():
        pytest.fail(f"There is no {_file(preview)}: record it with `make graphs`, which needs the pulumi CLI on PATH.")
    return json.loads(recording(preview).read_text())


def compare(preview: str, by: str, found: Graph, remedy: str) -> None:
    if differences := graph.differences(recorded(preview), found):
        shown = graph.shortened(differences)
        told = f"{by} foresees another graph than {_file(preview)} (-: recorded, +: foreseen):"
        pytest.fail(f"{told}\n{shown}\n{remedy}", pytrace=False)


def _file(preview: str) -> str:
    return recording(preview).relative_to(PROJECT).as_posix()


@pytest.mark.parametrize("stack", STACKS)
def test_the_preview_of_a_shipped_stack_says_that_nothing_done_to_its_decoys_goes_unseen(stack: str) -> None:
    (said,) = foreseen(stack).diagnostics
    assert said.severity == "info"
    assert re.fullmatch(r"coverage: \d+ proved, \d+ impossible, \d+ gaps, 0 holes; see docs/coverage\.md", said.message)


@pytest.mark.parametrize("preview", PREVIEWS)
def test_the_builtin_engine_foresees_what_was_recorded(preview: str) -> None:
    remedy = (
        "If the program, its config or an SDK was meant to change so: `make graphs` asks the pulumi CLI and records "
        "its answer; review what it changes. If not, or if that changes nothing, the built-in engine is wrong."
    )
    compare(preview, "The built-in engine", graph.of_resources(foreseen(preview).resources), remedy)


@needs_cli
@pytest.mark.parametrize("preview", PREVIEWS)
def test_the_real_engine_still_foresees_what_was_recorded(preview: str) -> None:
    document = of_pulumi(preview)
    remedy = "The recording is stale: record again with `make graphs`, and review what it changes."
    compare(preview, "`pulumi preview --json`", graph.of_document(document), remedy)
    # The lab's own reading of the document says the same.
    read = graph.of_resources(pulumi_state.of_preview(document))
    assert graph.differences(graph.of_document(document), read) == []


def test_there_is_a_recording_of_every_shipped_stack_and_no_other() -> None:
    assert {"dev", "minimal", "prod"} <= set(STACKS)
    assert {file.stem for file in recording("any").parent.iterdir()} == set(PREVIEWS)


@pytest.mark.parametrize("preview", PREVIEWS)
def test_a_recording_is_written_as_make_graphs_writes_it(preview: str) -> None:
    assert recording(preview).read_text() == graph.text(recorded(preview))


# What is not in it


@pytest.mark.parametrize("preview", PREVIEWS)
def test_no_secret_is_recorded(preview: str) -> None:
    hidden = list(secrets(foreseen(preview)))
    assert hidden
    written = recording(preview).read_text()
    for resource, key, value in hidden:
        assert recorded(preview)["resources"][resource]["inputs"][key] == "[secret]"
        assert value not in written
        assert json.dumps(value)[1:-1] not in written
    assert written.count('"[secret]"') == len(hidden)
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
    written = recording(preview).read_text()
    assert str(PROJECT) not in written
    assert re.findall(r'"(?:file:/*)?/(?:home|root|Users|tmp|opt|work|usr|var|private)/[^"]*"', written) == []
    assert re.findall(r"127\.0\.0\.1|localhost|site-packages", written) == []


# Where and how often it is asked does not matter


def test_the_graph_is_the_same_elsewhere_and_with_another_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "AWS_REGION": "ap-southeast-2",
        "AWS_DEFAULT_REGION": "sa-east-1",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "nobody's",
        "AWS_PROFILE": "somebody",
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "C",
    }.items():
        monkeypatch.setenv(name, value)
    again = graph.of_resources(of_builtin_engine("dev").resources)
    assert graph.differences(graph.of_resources(foreseen("dev").resources), again) == []
