"""Speaks to the provider as an engine does, for tests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.proto import provider_pb2

from deadfall.lab.engine.plugin import ProviderPlugin
from deadfall.lab.provider.values import from_struct, reveal, to_struct

ACCOUNT_ID = "111122223333"
REGION = "eu-west-1"
TAGS = {"Team": "platform"}
PROVIDER_URN = "urn:pulumi:dev::test::pulumi:providers:aws::aws"
PROVIDER_INPUTS = {
    "region": REGION,
    "allowedAccountIds": json.dumps([ACCOUNT_ID]),
    "defaultTags": json.dumps({"tags": TAGS}),
}


class CheckFailedError(Exception):
    """Check refused the inputs; `reasons` by property."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__(str(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Made:
    """A resource as an engine would keep it."""

    urn: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]

    @property
    def plain(self) -> dict[str, Any]:
        """The outputs with secrets in plain text."""
        return reveal(self.outputs)


class Provider:
    """A configured provider, resource by resource."""

    def __init__(self, plugin: ProviderPlugin) -> None:
        self.plugin = plugin

    def check(
        self, type: str, inputs: Mapping[str, Any], name: str = "it", olds: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        request = provider_pb2.CheckRequest(
            urn=urn(type, name), news=to_struct(inputs), olds=to_struct(olds or {}), randomSeed=b"seed"
        )
        checked = self.plugin.call("Check", request)
        if checked.failures:
            raise CheckFailedError({failure.property: failure.reason for failure in checked.failures})
        return from_struct(checked.inputs)

    def foresee(self, type: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """What a preview says of a creation."""
        checked = self.check(type, inputs)
        request = provider_pb2.CreateRequest(urn=urn(type, "it"), properties=to_struct(checked), preview=True)
        created = self.plugin.call("Create", request)
        assert created.id == ""
        return from_struct(created.properties)

    def create(self, type: str, inputs: Mapping[str, Any], name: str = "it") -> Made:
        checked = self.check(type, inputs, name)
        request = provider_pb2.CreateRequest(urn=urn(type, name), properties=to_struct(checked))
        created = self.plugin.call("Create", request)
        return Made(urn(type, name), created.id, checked, from_struct(created.properties))

    def read(self, made: Made) -> Made | None:
        request = provider_pb2.ReadRequest(
            id=made.id, urn=made.urn, properties=to_struct(made.outputs), inputs=to_struct(made.inputs)
        )
        found = self.plugin.call("Read", request)
        if not found.id:
            return None
        return Made(made.urn, found.id, from_struct(found.inputs), from_struct(found.properties))

    def diff(self, made: Made, inputs: Mapping[str, Any]) -> tuple[set[str], set[str], bool]:
        """The properties that differ, those of them that replace, and whether the old one must go first."""
        checked = self.check(_type(made), inputs, olds=made.inputs)
        diff = self.plugin.call(
            "Diff",
            provider_pb2.DiffRequest(
                id=made.id,
                urn=made.urn,
                olds=to_struct(made.outputs),
                news=to_struct(checked),
                old_inputs=to_struct(made.inputs),
            ),
        )
        assert (diff.changes == provider_pb2.DiffResponse.DIFF_SOME) == bool(diff.diffs)
        return set(diff.diffs), set(diff.replaces), diff.deleteBeforeReplace

    def update(self, made: Made, inputs: Mapping[str, Any]) -> Made:
        checked = self.check(_type(made), inputs, olds=made.inputs)
        request = provider_pb2.UpdateRequest(
            id=made.id,
            urn=made.urn,
            olds=to_struct(made.outputs),
            news=to_struct(checked),
            old_inputs=to_struct(made.inputs),
        )
        return Made(made.urn, made.id, checked, from_struct(self.plugin.call("Update", request).properties))

    def delete(self, made: Made) -> None:
        request = provider_pb2.DeleteRequest(
            id=made.id, urn=made.urn, properties=to_struct(made.outputs), old_inputs=to_struct(made.inputs)
        )
        self.plugin.call("Delete", request)

    # What holds for every type

    def is_settled(self, made: Made) -> bool:
        """Nothing to do, and a refresh finds nothing else than what is known."""
        assert self.diff(made, made.inputs) == (set(), set(), False)
        assert self.read(made) == made
        return True

    def is_changed(self, made: Made, changes: Mapping[str, Any]) -> Made:
        """Update in place with these changes (None takes a property out), and be settled again."""
        inputs = {key: value for key, value in {**made.inputs, **changes}.items() if value is not None}
        differing, replacing, _ = self.diff(made, inputs)
        assert (differing - {"tagsAll"}, replacing) == (set(changes), set())
        updated = self.update(made, inputs)
        assert self.is_settled(updated)
        return updated

    def is_replaced_by(self, made: Made, changes: Mapping[str, Any]) -> bool:
        """Each of these changes alone would replace the resource."""
        for key, value in changes.items():
            _, replacing, _ = self.diff(made, {**made.inputs, key: value})
            assert replacing == {key}
        return True

    def is_gone(self, made: Made) -> bool:
        """Delete it: then it is not there, and deleting it again is fine."""
        self.delete(made)
        assert self.read(made) is None
        self.delete(made)
        return True


def urn(type: str, name: str) -> str:
    return f"urn:pulumi:dev::test::{type}::{name}"


def _type(made: Made) -> str:
    return made.urn.split("::")[2]


def allow(*actions: str) -> str:
    """A policy document that allows something."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})


def trust(service: str) -> str:
    """A trust policy for an AWS service."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
