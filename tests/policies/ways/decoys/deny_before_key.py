from dataclasses import replace

from guardrails.types import ACCESS_KEY, USER, USER_POLICY
from tests.policies.graph import Graph
from tests.policies.way import Way, Ways


def _on(graph: Graph, *types: str) -> Graph:
    """With the first key depending on resources of these types alone."""
    urns = {resource.urn for type in types for resource in graph.all(type)}
    name = graph.all(ACCESS_KEY)[0].name
    return graph.mutated(
        lambda key: replace(key, dependencies=tuple(urn for urn in key.dependencies if urn in urns)), ACCESS_KEY, name
    )


def _on_the_others(graph: Graph) -> Graph:
    """With the key of one user waiting for the deny of another."""
    one, other = graph.all(USER_POLICY)
    return graph.mutated(
        lambda key: replace(key, dependencies=tuple(other.urn if urn == one.urn else urn for urn in key.dependencies)),
        ACCESS_KEY,
        one.name,
    )


def _on_another_policy(graph: Graph) -> Graph:
    """With the key waiting for a policy of its user that denies a little."""
    policy = '{"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}'
    more = graph.plus(graph.only(USER_POLICY), "more", policy=policy)
    urn = more.only(USER_POLICY, "more").urn
    return more.mutated(lambda key: replace(key, dependencies=(urn,)), ACCESS_KEY)


WAYS = Ways(
    violations=(
        Way("on the user alone", lambda graph: _on(graph, USER), "svc-billing-export doesn't wait"),
        Way("on the user alone in prod", lambda graph: _on(graph, USER), "doesn't wait for its deny", stack="prod"),
        Way("on nothing", lambda graph: _on(graph), "doesn't wait for its deny"),
        Way("on the other's deny", _on_the_others, "doesn't wait for its deny", stack="prod"),
        Way("on another policy", _on_another_policy, "doesn't wait for its deny"),
    ),
    compliant=(Way("on both", lambda graph: _on(graph, USER, USER_POLICY)),),
    never_unknown="dependencies are always known",
)
