"""What the resource types declare is what pulumi_aws has: names, kinds, what is required, what is an output."""

import importlib
import inspect
import re
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin

import pytest
from pulumi import Archive, _types

from deadfall.lab.provider.resource_type import ResourceType
from deadfall.lab.provider.resource_types import RESOURCE_TYPES
from deadfall.lab.provider.schema import Schema

KINDS = {str: "string", int: "number", float: "number", bool: "boolean", Archive: "archive"}


def sdk_class(pulumi_type: str) -> Any:
    """The SDK's class of a type such as `aws:s3/bucketPolicy:BucketPolicy`."""
    _, module, name = pulumi_type.split(":")
    package = module.partition("/")[0]
    package = {"lambda": "lambda_"}.get(package, package)
    return getattr(importlib.import_module(f"pulumi_aws.{package}"), name)


def sdk_inputs(resource: Any) -> Any:
    """The class of its arguments: the first public name of its module."""
    module = importlib.import_module(resource.__module__)
    return getattr(module, module.__all__[0])


def unwrapped(annotation: Any) -> Any:
    """`Optional[Input[T]]` is T."""
    annotation = _types.unwrap_type(annotation)
    # Runtime is `Union[str, Runtime]`: an enum of strings or any string.
    return str if get_origin(annotation) is Union and str in get_args(annotation) else annotation


def kinds_and_inner(annotation: Any) -> tuple[set[str], Any]:
    """Which kinds of ours an SDK type may be, and the class of the objects in it."""
    annotation = unwrapped(annotation)
    if annotation in KINDS:
        kind = KINDS[annotation]
        return ({"string", "json"} if kind == "string" else {kind}), None
    if issubclass(get_origin(annotation) or object, Mapping):
        return {"map"}, None
    if get_origin(annotation) is not None:
        item = unwrapped(get_args(annotation)[0])
        return ({"strings"}, None) if item is str else ({"objects"}, item)
    return {"object"}, annotation


def differences(schema: Schema, arguments: Any, path: str = "") -> list[str]:
    types = _types.input_type_types(arguments)
    names = _types.input_type_py_to_pulumi_names(arguments)
    parameters = inspect.signature(arguments.__init__).parameters
    found = [
        f"{path}{names[name]} is required"
        for name, parameter in parameters.items()
        if name in names and parameter.default is inspect.Parameter.empty
        if not (names[name] in schema and schema[names[name]].required)
    ]
    for key, prop in schema.items():
        if key not in types:
            found.append(f"{path}{key} does not exist")
            continue
        kinds, inner = kinds_and_inner(types[key])
        if prop.kind not in kinds:
            found.append(f"{path}{key} is {kinds}")
        elif prop.fields is not None:
            found += differences(prop.fields, inner, f"{path}{key}.")
    return found


@pytest.mark.parametrize("resource_type", RESOURCE_TYPES.values(), ids=RESOURCE_TYPES.keys())
def test_a_resource_type_declares_what_the_sdk_has(resource_type: ResourceType) -> None:
    resource = sdk_class(resource_type.pulumi_type)
    assert resource.pulumi_type == resource_type.pulumi_type
    assert differences(resource_type.schema, sdk_inputs(resource)) == []
    outputs = set(_types.resource_py_to_pulumi_names(resource).values())
    assert {
        *resource_type.outputs,
        *resource_type.secret_outputs,
        *(["tagsAll"] if resource_type.taggable else []),
    } <= outputs
    assert resource_type.set_after_creation <= {*resource_type.schema, "tagsAll"}


@pytest.mark.parametrize("resource_type", RESOURCE_TYPES.values(), ids=RESOURCE_TYPES.keys())
def test_a_resource_type_keeps_secret_what_the_sdk_keeps_secret(resource_type: ResourceType) -> None:
    source = inspect.getsource(sdk_class(resource_type.pulumi_type))
    declared = re.search(r"additional_secret_outputs=\[(.*?)\]", source)
    of_sdk = set(re.findall(r'"(\w+)"', declared[1])) if declared else set()
    known = {*resource_type.schema, *resource_type.outputs}
    assert set(resource_type.secret_outputs) == of_sdk & known


def test_the_comparison_sees_differences() -> None:
    """The control: a property misspelt, one of another kind, a required one left out."""
    topic = RESOURCE_TYPES["aws:sns/topicSubscription:TopicSubscription"].schema
    arguments = sdk_inputs(sdk_class("aws:sns/topicSubscription:TopicSubscription"))
    wrong = {key: prop for key, prop in topic.items() if key != "endpoint"}
    wrong |= {"endpont": topic["endpoint"], "rawMessageDelivery": topic["filterPolicyScope"]}
    assert differences(wrong, arguments) == [
        "endpoint is required",
        "rawMessageDelivery is {'boolean'}",
        "endpont does not exist",
    ]
