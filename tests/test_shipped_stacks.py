"""Every stack that is shipped comes up as it is, and nothing that it makes tells what it is for."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deadfall.field_types import TELLING
from deadfall.lab.engine import Resource
from deadfall.rules.catalog import detections
from deadfall.rules.detection import StackDetection
from deadfall.stack_lab import StackLab
from tests.conftest import LEAN
from tests.graphs.previews import recording

ROOT = Path(__file__).parent.parent
STACKS = sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml"))
# The function's code, which a principal who may read it knows, and its hash, in which any word may occur by chance.
OF_THE_CODE = ("code", "codeSha256", "handler")


def content(stack: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())


@pytest.fixture(scope="module", params=STACKS)
def deployed(request: pytest.FixtureRequest) -> Iterator[tuple[str, StackLab]]:
    """A stack's name, and a lab in which it is up: dev with all detections, the others with few."""
    with StackLab.started(request.param, None if request.param == "dev" else LEAN) as lab:
        lab.up()
        yield request.param, lab


def visible(resource: Resource) -> str:
    """Return what a principal who may list and describe the resource sees: names, tags, descriptions, documents."""
    shown = {key: value for key, value in resource.inputs.items() if key not in OF_THE_CODE}
    outputs = {key: value for key, value in resource.outputs.items() if key not in OF_THE_CODE}
    return json.dumps([resource.id, shown, outputs], default=str)


def test_these_are_shipped():
    assert set(STACKS) == {"dev", "minimal", "prod"}


def test_it_comes_up(deployed: tuple[str, StackLab]):
    stack, lab = deployed
    assert sorted(lab.applied.changes.created) == sorted(resource.urn for resource in lab.applied.resources)
    assert {urn.split("::", 2)[2] for urn in lab.applied.changes.created} == recorded(stack, detections(lab.config))
    assert len(lab.applied.changes.created) == len(lab.applied.resources)


def recorded(stack: str, deployed: list[StackDetection]) -> set[str]:
    """Return the resources of a stack's recorded graph, of its detections only those of the deployed ones."""
    graph = json.loads(recording(stack).read_text())
    of_deployed = [
        graph["detections"][f"deadfall:index:Account$deadfall:index:Detection::{one.id}"] for one in deployed
    ]
    return {*graph["resources"], *(urn for resources in of_deployed for urn in resources)}


def test_nothing_in_the_account_gives_the_decoys_away(deployed: tuple[str, StackLab]):
    _, lab = deployed
    for resource in lab.applied.resources:
        if resource.type.startswith("aws:"):
            assert not TELLING.search(visible(resource)), resource.urn
            assert "kill" not in visible(resource).lower(), resource.urn


def test_decoys_are_tagged_as_everything_else_is(deployed: tuple[str, StackLab]):
    _, lab = deployed
    honeytokens = {r.urn for r in lab.applied.resources if r.type.endswith("Honeytoken")}
    assert len(honeytokens) == len(lab.config.decoys)
    decoys = [r for r in lab.applied.resources if r.parent in honeytokens and "tagsAll" in r.outputs]
    assert {decoy.parent for decoy in decoys} == honeytokens
    for decoy in decoys:
        assert decoy.outputs["tagsAll"] == lab.config.tags, decoy.urn


def test_the_smallest_stack_in_the_docs_is_the_minimal_stack():
    section = (ROOT / "docs" / "configure.md").read_text().partition("The smallest useful stack")[2]
    (first, *_) = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    assert yaml.safe_load(first) == content("minimal")


@pytest.mark.parametrize("stack", STACKS)
def test_no_shipped_stack_has_a_seed_in_it(stack: str):
    assert "deadfall:decoySeed" not in content(stack)["config"]
    assert content(stack).keys() == {"config"}
