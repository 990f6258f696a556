"""The pack running for each shipped stack, and the graphs of these stacks."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import MappingProxyType

from deadfall.lab import project
from deadfall.stack_files import PROJECT, SEED
from deadfall.stack_lab import StackLab
from tests.conftest import LEAN

from .analyzer import Analyzer, remembering
from .graph import Graph

STACKS = ("dev", "minimal", "prod")


@cache
def graph(stack: str) -> Graph:
    """What the preview of a shipped stack registers."""
    return _previewed(stack, {})


@cache
def lean(stack: str) -> Graph:
    """The same with few detections: for mutations, of which there are many."""
    return _previewed(stack, LEAN)


@cache
def hunting(stack: str) -> Graph:
    """The same with what hunting takes."""
    return _previewed(stack, {**LEAN, "deadfall:hunting": "true"})


def _previewed(stack: str, overrides: Mapping[str, str]) -> Graph:
    config = project.stack_config(project.load(PROJECT), stack, {**SEED, **overrides}, SEED).values
    with StackLab.started(stack, overrides) as lab:
        return Graph.of(stack, MappingProxyType(dict(config)), lab.deployment.preview())


@contextmanager
def analyzers() -> Iterator[Callable[[Graph], Analyzer]]:
    """The pack for a graph's stack and config, started once for each; all stopped in the end."""
    with remembering() as start:
        found: dict[tuple[str, frozenset[tuple[str, str]]], Analyzer] = {}

        def of(graph: Graph) -> Analyzer:
            key = graph.stack, frozenset(graph.config.items())
            if key not in found:
                found[key] = start(graph.stack, graph.config)
            return found[key]

        yield of
