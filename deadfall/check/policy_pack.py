"""The policy pack, run as the Pulumi CLI runs it: a process that answers the Analyzer protocol over gRPC."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from deadfall.lab.engine import Resource, Result
from deadfall.lab.engine.process_session import guard_session
from deadfall.lab.provider.values import to_struct
from deadfall.program_folder import program_folder

_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.enable_http_proxy", 0)]
STACK = "pulumi:pulumi:Stack"
UNKNOWN_VALUE = "can't run policy"
"""How a message begins if the guardrail needs a value that is not known in a preview."""


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


class Registered(Protocol):
    """What the protocol sends of a resource (`deadfall.lab.engine.Resource`)."""

    @property
    def type(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def urn(self) -> str: ...
    @property
    def parent(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, Any]: ...
    @property
    def dependencies(self) -> Sequence[str]: ...
    @property
    def property_dependencies(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def protect(self) -> bool: ...
    @property
    def additional_secret_outputs(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class PolicyPack:
    """A pack that starts; `connect` waits until it has."""

    connect: Callable[[], analyzer_pb2_grpc.AnalyzerStub]

    def violations(self, previewed: Result) -> tuple[int, list[Violation]]:
        """Return the number of guardrails, and every violation in a stack's graph.

        Raises:
            PolicyPackError: the pack did not start, or does not answer.
        """
        stub = self.connect()
        try:
            policies = stub.GetAnalyzerInfo(empty_pb2.Empty()).policies
            remediations = {policy.name: policy.remediation_steps for policy in policies}
            return len(policies), list(_violations(stub, previewed, remediations))
        except grpc.RpcError as error:
            raise PolicyPackError(f"the policy pack does not answer: {error}") from None


@contextmanager
def running(stack: str, config: Mapping[str, str]) -> Iterator[PolicyPack]:
    """Start the pack for a stack and its config, without waiting for it, and stop it in the end."""
    with started(stack, config) as process, ExitStack() as connections:
        yield PolicyPack(lambda: connections.enter_context(connected(process)))


@contextmanager
def started(stack: str, config: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start the pack's process as the CLI does. It ends with this one, however that ends."""
    with (
        subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.policy", *arguments()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | environment(stack, config),
            text=True,
            start_new_session=True,
        ) as process,
        guard_session(process.pid),
    ):
        yield process


def arguments() -> list[str]:
    """Return the arguments of `pulumi.policy`: where to listen, and the pack."""
    return ["127.0.0.1:0", str(program_folder() / "policies")]


def environment(stack: str, config: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that tell the pack about a stack."""
    return {
        "PULUMI_PROJECT": "deadfall",
        "PULUMI_STACK": stack,
        "PULUMI_DRY_RUN": "true",
        "PULUMI_CONFIG": json.dumps(dict(config)),
    }


@contextmanager
def connected(process: subprocess.Popen[str]) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """Connect to the pack whose port the process prints next.

    Raises:
        PolicyPackError: it prints none.
    """
    port = process.stdout.readline().strip() if process.stdout else ""
    if not port.isdigit():
        process.terminate()
        (*_, last) = ["it printed no error", *(process.stderr.read().strip().splitlines() if process.stderr else ())]
        raise PolicyPackError(f"the policy pack does not start: {last}")
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS) as channel:
        yield analyzer_pb2_grpc.AnalyzerStub(channel)


def providers_of(resources: Iterable[Registered]) -> dict[str, analyzer_pb2.AnalyzerProviderResource]:
    """Return the providers among the resources, as sent with each resource of theirs, by URN."""
    return {
        each.urn: analyzer_pb2.AnalyzerProviderResource(
            type=each.type, properties=to_struct(dict(each.inputs)), urn=each.urn, name=each.name
        )
        for each in resources
        if each.type.startswith("pulumi:providers:")
    }


def single_request(
    resource: Registered, providers: Mapping[str, analyzer_pb2.AnalyzerProviderResource]
) -> analyzer_pb2.AnalyzeRequest:
    """Return the request to check one resource by itself."""
    return analyzer_pb2.AnalyzeRequest(
        type=resource.type,
        name=resource.name,
        urn=resource.urn,
        properties=to_struct(dict(resource.inputs)),
        options=_options(resource),
        provider=providers.get(resource.provider.rpartition("::")[0]),
    )


def in_stack(
    resource: Registered, outputs: Mapping[str, Any], providers: Mapping[str, analyzer_pb2.AnalyzerProviderResource]
) -> analyzer_pb2.AnalyzerResource:
    """Return a resource with its outputs, as a part of the request to check a whole stack."""
    return analyzer_pb2.AnalyzerResource(
        type=resource.type,
        name=resource.name,
        urn=resource.urn,
        properties=to_struct(dict(outputs)),
        options=_options(resource),
        provider=providers.get(resource.provider.rpartition("::")[0]),
        parent=resource.parent,
        dependencies=resource.dependencies,
        propertyDependencies={
            key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
            for key, urns in resource.property_dependencies.items()
        },
    )


def outputs_of(resource: Resource, previewed: Result) -> dict[str, Any]:
    """Return what guardrails on the whole stack see of a resource."""
    if resource.type == STACK:
        return {**resource.outputs, **previewed.stack_outputs}
    return {**resource.inputs, **resource.outputs}


def message_of(found: analyzer_pb2.AnalyzeDiagnostic) -> str:
    """Return what a guardrail reports, without its description."""
    return found.message.removeprefix(found.description).strip()


def _options(resource: Registered) -> analyzer_pb2.AnalyzerResourceOptions:
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=resource.protect,
        parent=resource.parent,
        additionalSecretOutputs=resource.additional_secret_outputs,
    )


def _violations(
    stub: analyzer_pb2_grpc.AnalyzerStub, previewed: Result, remediations: Mapping[str, str]
) -> Iterator[Violation]:
    providers = providers_of(previewed.resources)
    for resource in previewed.resources:
        yield from _reported(stub.Analyze(single_request(resource, providers)), resource.name, remediations)
    whole = [in_stack(each, outputs_of(each, previewed), providers) for each in previewed.resources]
    yield from _reported(stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=whole)), "", remediations)


def _reported(
    response: analyzer_pb2.AnalyzeResponse, resource: str, remediations: Mapping[str, str]
) -> Iterator[Violation]:
    for found in response.diagnostics:
        message = message_of(found)
        if not message.startswith(UNKNOWN_VALUE):
            yield Violation(
                found.policyName,
                resource or found.urn.rpartition("::")[2],
                message,
                remediations.get(found.policyName, ""),
                found.enforcementLevel == analyzer_pb2.MANDATORY,
            )
