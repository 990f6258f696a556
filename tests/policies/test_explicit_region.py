"""Which resources have a region: the guardrail must know without pulumi_aws, which takes seconds to import."""

import inspect
from types import ModuleType

import pulumi
import pulumi_aws
import pytest

from guardrails.account.explicit_region import GLOBAL

from .stacks import STACKS, lean


def _module(type: str) -> ModuleType:
    name = type.split(":")[1].partition("/")[0]
    module = getattr(pulumi_aws, {"lambda": "lambda_"}.get(name, name))
    assert hasattr(module, "_utilities")  # pulumi_aws imports a module when it is first asked for something
    return module


def _takes_region(resource: type[pulumi.CustomResource]) -> bool:
    """Whether the class of a resource has the argument `region`. Its own signature is one for all."""
    return "region" in inspect.signature(resource.__dict__["_internal_init"]).parameters


@pytest.mark.parametrize("stack", STACKS)
def test_types_of_shipped_stacks_are_global_exactly_if_their_classes_take_no_region(stack: str):
    types = {resource.type for resource in lean(stack).resources if resource.type.startswith("aws:")}
    assert {type for type in types if type.startswith("aws:iam/")}
    for type in types:
        assert _takes_region(getattr(_module(type), type.rpartition(":")[2])) != type.startswith(GLOBAL), type


@pytest.mark.parametrize("prefix", GLOBAL)
def test_what_counts_as_global_is_so_in_pulumi_aws(prefix: str):
    found = inspect.getmembers(
        _module(prefix), lambda each: inspect.isclass(each) and issubclass(each, pulumi.CustomResource)
    )
    resources = {name: resource for name, resource in found if resource.__dict__["pulumi_type"].startswith(prefix)}
    assert resources
    assert [name for name, resource in resources.items() if _takes_region(resource)] == []
