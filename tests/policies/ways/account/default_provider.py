from dataclasses import replace

from guardrails.types import PROVIDER, TABLE
from tests.policies.graph import Graph
from tests.policies.way import Way, Ways


def _provided_by(graph: Graph, provider: str) -> Graph:
    return graph.mutated(lambda resource: replace(resource, provider=provider), TABLE)


def _second(graph: Graph, name: str) -> Graph:
    graph = graph.plus(graph.only(PROVIDER), name)
    return _provided_by(graph, f"{graph.only(PROVIDER, name).urn}::an-id")


WAYS = Ways(
    violations=(
        Way("by none", lambda graph: _provided_by(graph, ""), "uses Pulumi's default provider"),
        Way("by default", lambda graph: _second(graph, "default_7_51_1"), "uses Pulumi's default provider"),
    ),
    compliant=(Way("by another of its own", lambda graph: _second(graph, "second")),),
    never_unknown="names of providers are always known",
)
