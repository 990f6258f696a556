"""The policy pack as the Pulumi CLI runs it: a process that answers the Analyzer protocol over gRPC."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from deadfall.check import policy_pack
from deadfall.lab.provider.values import to_struct

from .graph import Graph, Registered

PACK = Path(__file__).parent.parent.parent / "policies"
_LEVELS = {analyzer_pb2.ADVISORY: "advisory", analyzer_pb2.MANDATORY: "mandatory"}


@dataclass(frozen=True)
class Verdict:
    """One thing that the pack said: a violation, or that a guardrail could not look (`unknown`)."""

    policy: str
    level: str
    message: str
    urn: str

    @property
    def unknown(self) -> bool:
        return self.message.startswith(policy_pack.UNKNOWN_VALUE)


@dataclass(frozen=True)
class Verdicts:
    """What the pack said of a graph; `applied` are the guardrails that looked at something."""

    said: tuple[Verdict, ...]
    applied: frozenset[str]

    @property
    def red(self) -> set[str]:
        """The guardrails that would stop an update."""
        return {verdict.policy for verdict in self.said if verdict.level == "mandatory"}

    @property
    def messages(self) -> list[str]:
        return [verdict.message for verdict in self.said]


class Analyzer:
    """A running pack."""

    def __init__(self, stub: analyzer_pb2_grpc.AnalyzerStub) -> None:
        self._stub = stub
        self._of_stack: dict[int, tuple[Registered, analyzer_pb2.AnalyzerResource]] = {}
        self.info: analyzer_pb2.AnalyzerInfo = stub.GetAnalyzerInfo(empty_pb2.Empty())

    def configure(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        """Set the settings of guardrails, by name; those left out get their defaults back."""
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for policy in self.info.policies:
            config = request.policyConfig[policy.name]
            config.enforcementLevel = policy.enforcementLevel
            config.properties.CopyFrom(to_struct(dict(settings.get(policy.name, {}))))
        self._stub.Configure(request)

    def analyze(self, graph: Graph, resource: Registered) -> analyzer_pb2.AnalyzeResponse:
        """Ask about one resource alone."""
        return self._stub.Analyze(policy_pack.single_request(resource, policy_pack.providers_of(graph.resources)))

    def judge(self, graph: Graph, resources: Iterable[Registered]) -> Verdicts:
        """Ask about these resources one by one, and about the whole graph."""
        names = {policy.name for policy in self.info.policies}
        stack_policies = {
            policy.name for policy in self.info.policies if policy.policy_type == analyzer_pb2.POLICY_TYPE_STACK
        }
        said: list[Verdict] = []
        applied: set[str] = set()
        for resource in resources:
            response = self.analyze(graph, resource)
            said += [_verdict(found, resource.urn) for found in response.diagnostics]
            applied |= names - stack_policies - {skipped.policy_name for skipped in response.not_applicable}
        response = self._stub.AnalyzeStack(
            analyzer_pb2.AnalyzeStackRequest(resources=[self._sent(graph, each) for each in graph.resources])
        )
        said += [_verdict(found, "") for found in response.diagnostics]
        applied |= stack_policies - {skipped.policy_name for skipped in response.not_applicable}
        return Verdicts(tuple(said), frozenset(applied))

    def _sent(self, graph: Graph, resource: Registered) -> analyzer_pb2.AnalyzerResource:
        """Mutated graphs share most of their resources, whose messages are made once."""
        if id(resource) not in self._of_stack:
            providers = policy_pack.providers_of(graph.resources)
            self._of_stack[id(resource)] = resource, policy_pack.in_stack(resource, resource.outputs, providers)
        return self._of_stack[id(resource)][1]


@contextmanager
def running(stack: str, config: Mapping[str, str]) -> Iterator[Analyzer]:
    """Start the pack for a stack and its config, exactly as the CLI starts it; stopped in the end."""
    with policy_pack.started(stack, config) as process, policy_pack.connected(process) as stub:
        yield Analyzer(stub)


@contextmanager
def remembering() -> Iterator[Callable[[str, Mapping[str, str]], Analyzer]]:
    """Start packs for a stack and its config that answer much faster (remembering_pack.py); all stopped in the end."""
    with (
        subprocess.Popen(
            [
                *(sys.executable, "-u", str(Path(__file__).with_name("remembering_pack.py"))),
                *policy_pack.arguments(),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
        ExitStack() as connections,
    ):

        def start(stack: str, config: Mapping[str, str]) -> Analyzer:
            assert process.stdin is not None
            process.stdin.write(json.dumps(policy_pack.environment(stack, config)) + "\n")
            process.stdin.flush()
            return Analyzer(connections.enter_context(policy_pack.connected(process)))

        yield start


def _verdict(found: analyzer_pb2.AnalyzeDiagnostic, urn: str) -> Verdict:
    return Verdict(found.policyName, _LEVELS[found.enforcementLevel], policy_pack.message_of(found), found.urn or urn)
