"""Pulumi's resource names: `urn:pulumi:<stack>::<project>::<type chain>::<name>`."""

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_TYPE_PREFIX = "pulumi:providers:"


def make(stack: str, project: str, parent: str, type: str, name: str) -> str:
    """Build the URN of a resource. It contains the types of its parents, except the stack's."""
    chain = type_chain(parent) if parent else STACK_TYPE
    qualified = type if chain == STACK_TYPE else f"{chain}${type}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def type_chain(urn: str) -> str:
    return urn.split("::")[2]


def name(urn: str) -> str:
    return urn.split("::", 3)[3]


def provider_urn(reference: str) -> str:
    """Return the URN in a provider reference, `urn::id`."""
    return reference.rpartition("::")[0]


def token(urn: str) -> str:
    """Return the resource's own type, without those of its parents."""
    return type_chain(urn).rpartition("$")[2]
