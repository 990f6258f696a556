"""Finds the ways to try on each guardrail, and tries them."""

import importlib
import pkgutil
from collections.abc import Callable

from guardrails import pack

from . import ways
from .analyzer import Analyzer, Verdicts
from .graph import Graph
from .way import Way, Ways

GraphOf = Callable[[str], Graph]
AnalyzerOf = Callable[[Graph], Analyzer]


def all_ways() -> dict[str, Ways]:
    """The ways of every guardrail, by its name."""
    found = pkgutil.walk_packages(ways.__path__, f"{ways.__name__}.")
    modules = [module.name for module in found if not module.ispkg]
    return {
        pack.policy_name(name.replace(ways.__name__, "guardrails")): importlib.import_module(name).WAYS
        for name in modules
    }


def judged(name: str, way: Way, graph: GraphOf, analyzer: AnalyzerOf) -> Verdicts:
    """What the pack says of a shipped stack after a mutation: of what it made or changed, and of the whole."""
    mutated = way.mutate(graph(way.stack))
    running = analyzer(mutated)
    running.configure({name: way.settings})
    return running.judge(mutated, [each for each in mutated.resources if each.key in mutated.changed])


def caught(name: str, way: Way, verdicts: Verdicts) -> bool:
    """Whether exactly this guardrail turned red, and said what is wrong."""
    return verdicts.red == {name} and any(way.told in said.message for said in verdicts.said if said.policy == name)
