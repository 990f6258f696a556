"""The links between resources of a stack, also before they are created."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError


def refers(resource: PolicyResource, key: str, target: PolicyResource) -> bool:
    """Whether a property refers to another resource: it was given an output of it, or says its name or ARN."""
    if any(dependency.urn == target.urn for dependency in resource.property_dependencies.get(key, [])):
        return True
    name = known(target.props, "name")
    return name is not None and str(known(resource.props, key)).split(":")[-1].split("/")[-1] == name


def known(props: Mapping[str, Any], key: str, default: Any = None) -> Any:
    """A property, or the default if it is not there or not known yet."""
    try:
        value = props.get(key)
    except UnknownValueError:
        return default
    return default if value is None else value
