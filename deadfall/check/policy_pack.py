"""The policy pack, run as the Pulumi CLI runs it: a process that answers the Analyzer protocol over gRPC."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from deadfall.lab.engine import Resource, Result
from deadfall.lab.provider.values import to_struct
from deadfall.program_folder import program_folder

_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.enable_http_proxy", 0)]
_STACK = "pulumi:pulumi:Stack"


class PolicyPackError(Exception):
    """The policy pack does not start or does not answer; the message is one sentence."""


@dataclass(frozen=True)
class Violation:
    """What a guardrail reports about a stack, and the resource, if it is about a single one.

    A guardrail with an exception is not mandatory.
    """

    policy: str
    resource: str
    message: str
    remediation: str
    mandatory: bool


@dataclass(frozen=True)
class PolicyPack:
    """A running pack."""

    stub: analyzer_pb2_grpc.AnalyzerStub

    def violations(self, previewed: Result) -> tuple[int, list[Violation]]:
        """Return the number of guardrails, and every violation in a stack's graph.

        Raises:
            PolicyPackError: the pack does not answer.
        """
        try:
            policies = self.stub.GetAnalyzerInfo(empty_pb2.Empty()).policies
            remediations = {policy.name: policy.remediation_steps for policy in policies}
            return len(policies), list(self._violations(previewed, remediations))
        except grpc.RpcError as error:
            raise PolicyPackError(f"the policy pack does not answer: {error}") from None

    def _violations(self, previewed: Result, remediations: Mapping[str, str]) -> Iterator[Violation]:
        providers = {resource.urn: resource for resource in previewed.resources}
        for resource in previewed.resources:
            yield from _reported(self.stub.Analyze(_single(resource, providers)), resource.name, remediations)
        whole = [_of_stack(resource, providers, previewed) for resource in previewed.resources]
        yield from _reported(
            self.stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=whole)), "", remediations
        )


@contextmanager
def running(stack: str, config: Mapping[str, str]) -> Iterator[PolicyPack]:
    """Start the pack for a stack and its config, and stop it in the end.

    Raises:
        PolicyPackError: it does not start.
    """
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(program_folder() / "policies")]
    environment = os.environ | {
        "PULUMI_PROJECT": "deadfall",
        "PULUMI_STACK": stack,
        "PULUMI_DRY_RUN": "true",
        "PULUMI_CONFIG": json.dumps(dict(config)),
    }
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    ) as process:
        try:
            with grpc.insecure_channel(f"127.0.0.1:{_port(process)}", options=_OPTIONS) as channel:
                yield PolicyPack(analyzer_pb2_grpc.AnalyzerStub(channel))
        finally:
            process.terminate()


def _port(process: subprocess.Popen[str]) -> int:
    line = process.stdout.readline().strip() if process.stdout else ""
    if line.isdigit():
        return int(line)
    process.terminate()
    (*_, last) = ["it printed no error", *(process.stderr.read().strip().splitlines() if process.stderr else ())]
    raise PolicyPackError(f"the policy pack does not start: {last}")


def _reported(
    response: analyzer_pb2.AnalyzeResponse, resource: str, remediations: Mapping[str, str]
) -> Iterator[Violation]:
    for found in response.diagnostics:
        message = found.message.removeprefix(found.description).strip()
        if not message.startswith("can't run policy"):  # a value that is not known in a preview
            yield Violation(
                found.policyName,
                resource or found.urn.rpartition("::")[2],
                message,
                remediations.get(found.policyName, ""),
                found.enforcementLevel == analyzer_pb2.MANDATORY,
            )


def _single(resource: Resource, providers: Mapping[str, Resource]) -> analyzer_pb2.AnalyzeRequest:
    return analyzer_pb2.AnalyzeRequest(
        type=resource.type,
        name=resource.name,
        urn=resource.urn,
        properties=to_struct(dict(resource.inputs)),
        options=_options(resource),
        provider=_provider(resource, providers),
    )


def _of_stack(
    resource: Resource, providers: Mapping[str, Resource], previewed: Result
) -> analyzer_pb2.AnalyzerResource:
    return analyzer_pb2.AnalyzerResource(
        type=resource.type,
        name=resource.name,
        urn=resource.urn,
        properties=to_struct(_outputs(resource, previewed)),
        options=_options(resource),
        provider=_provider(resource, providers),
        parent=resource.parent,
        dependencies=resource.dependencies,
        propertyDependencies={key: _urns(urns) for key, urns in resource.property_dependencies.items()},
    )


def _outputs(resource: Resource, previewed: Result) -> dict[str, Any]:
    if resource.type == _STACK:
        return {**resource.outputs, **previewed.stack_outputs}
    return {**resource.inputs, **resource.outputs}


def _urns(urns: Sequence[str]) -> analyzer_pb2.AnalyzerPropertyDependencies:
    return analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)


def _options(resource: Resource) -> analyzer_pb2.AnalyzerResourceOptions:
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=resource.protect,
        parent=resource.parent,
        additionalSecretOutputs=resource.additional_secret_outputs,
    )


def _provider(resource: Resource, providers: Mapping[str, Resource]) -> analyzer_pb2.AnalyzerProviderResource | None:
    provider = providers.get(resource.provider.rpartition("::")[0])
    if provider is None:
        return None
    return analyzer_pb2.AnalyzerProviderResource(
        type=provider.type, properties=to_struct(dict(provider.inputs)), urn=provider.urn, name=provider.name
    )
