"""The policy pack in processes that remember what they have decoded: the same answers, much faster.

For every guardrail on the stack the SDK decodes every resource anew. In the tests hundreds of graphs differ in one
resource each, and decoding the others again is nearly all of the time. So a resource with the same bytes is the same
Python object here, whichever request it comes with, and each of its parts is decoded once.

One process loads the SDK and the guardrails, and forks one for each stack and config: it reads them from its standard
input, each as one line of JSON with environment variables, and each fork prints its port. All end when the
input does.

Usage: `python -u remembering_pack.py ADDRESS PACK`.
"""

import importlib
import json
import os
import runpy
import signal
import sys
from collections.abc import Callable
from functools import lru_cache, partial
from types import SimpleNamespace
from typing import Any

import pulumi.runtime
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import StackValidationArgs, policy


def _remembering(decode: Callable[..., Any]) -> Callable[..., Any]:
    """`decode` of the same object gives the same result; nothing in the SDK's validation changes one."""
    known: dict[int, tuple[Any, Any]] = {}

    def decoded(value: Any) -> Any:
        if id(value) not in known:
            known[id(value)] = value, decode(value)  # with the value itself, so that its id stays its own
        return known[id(value)][1]

    return decoded


class _Resource(SimpleNamespace):
    """What the SDK reads of a resource's message, decoded once and held apart from the request that it came with."""

    def HasField(self, name: str) -> bool:  # noqa: N802 a message's own name
        return getattr(self, name) is not None


def _resource(message: Any) -> _Resource:
    resource = _Resource(
        type=message.type,
        name=message.name,
        urn=message.urn,
        properties=json_format.MessageToDict(message.properties),
        options=message.options,
        provider=message.provider if message.HasField("provider") else None,
    )
    if isinstance(message, analyzer_pb2.AnalyzerResource):
        resource.parent = message.parent
        resource.dependencies = list(message.dependencies)
        resource.propertyDependencies = dict(message.propertyDependencies)
    return resource


class _Stack:
    """A stack's message: the SDK links its resources for the first guardrail, and every other one gets the same."""

    def __init__(self, resources: list[_Resource]) -> None:
        self._unlinked = resources
        self.linked: list[policy.PolicyResource] = []

    @property
    def resources(self) -> list[_Resource]:
        return [] if self.linked else self._unlinked


def _remember() -> None:
    stack = _Stack([])
    known: dict[tuple[type, bytes], _Resource] = {}

    def resource(message: Any) -> _Resource:
        kind, content = type(message), message.SerializeToString(deterministic=True)
        if (kind, content) not in known:
            known[kind, content] = _resource(kind.FromString(content))
        return known[kind, content]

    def decoded(value: Any) -> dict[str, Any]:
        return value if isinstance(value, dict) else json_format.MessageToDict(value)

    def analyze_whole(servicer: Any, request: Any, context: Any) -> Any:
        nonlocal stack
        stack = _Stack([resource(message) for message in request.resources])
        return analyze_stack(servicer, stack, context)

    def arguments(resources: list[policy.PolicyResource], *more: Any) -> policy.StackValidationArgs:
        stack.linked = stack.linked or resources
        return StackValidationArgs(stack.linked, *more)

    names = policy.__dict__
    names["StackValidationArgs"] = arguments
    names["json_format"] = SimpleNamespace(MessageToDict=decoded)
    for name in ("deserialize_properties", "unknown_checking_proxy"):
        names[name] = _remembering(names[name])
    servicer: Any = policy._PolicyAnalyzerServicer
    analyze, analyze_stack = servicer.Analyze, servicer.AnalyzeStack
    servicer.Analyze = lambda self, request, context: analyze(self, resource(request), context)
    servicer.AnalyzeStack = analyze_whole
    for name in ("_get_resource_options", "_get_provider_resource"):
        of = _remembering(partial(getattr(servicer, name), None))
        setattr(servicer, name, lambda self, resource, of=of: of(resource))


def _read_config_once() -> None:
    """Guardrails ask for single values of the config, and the SDK reads all of it each time."""
    once = lru_cache(maxsize=1)(pulumi.runtime.get_config_env)
    pulumi.runtime.get_config_env = once


def _load(pack: str) -> None:
    sys.path.insert(0, pack)
    for module in importlib.import_module("guardrails.pack").modules():
        importlib.import_module(module)


if __name__ == "__main__":
    _remember()
    _read_config_once()
    _load(sys.argv[2])
    forks: list[int] = []
    for line in sys.stdin:
        if fork := os.fork():
            forks.append(fork)
        else:
            os.environ.update(json.loads(line))
            runpy.run_module("pulumi.policy", run_name="__main__")
    for fork in forks:
        os.kill(fork, signal.SIGTERM)
        os.waitpid(fork, 0)
