"""What the engine does with a registration, as it comes over the wire. No SDK sends some of these."""

from pathlib import Path
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import resource_pb2

from deadfall.lab.engine.providers import Providers
from deadfall.lab.engine.state import ResourceState
from deadfall.lab.engine.update import RegistrationError, Update
from deadfall.lab.provider.values import to_struct

from .programs import REGION, TOPIC_TYPE, names, urn

STACK = "urn:pulumi:dev::small::pulumi:pulumi:Stack::small-dev"
AWS = "urn:pulumi:dev::small::pulumi:providers:aws::aws"
PropertyDependencies = resource_pb2.RegisterResourceRequest.PropertyDependencies
Timeouts = resource_pb2.RegisterResourceRequest.CustomTimeouts


def preview(providers: Providers, directory: Path, *old: ResourceState) -> Update:
    """A preview in which the stack and its provider are registered."""
    update = Update(
        project="small",
        directory=directory,
        stack="dev",
        old=list(old),
        providers=providers,
        preview=True,
        on_event=lambda event: None,
    )
    register(update, type="pulumi:pulumi:Stack", name="small-dev", custom=False, parent="", provider="")
    register(update, type="pulumi:providers:aws", name="aws", provider="", inputs={"region": REGION})
    return update


@pytest.fixture
def update(providers: Providers, tmp_path: Path) -> Update:
    return preview(providers, tmp_path)


def register(update: Update, inputs: dict[str, Any] | None = None, **fields: Any) -> Any:
    defaults = {"type": TOPIC_TYPE, "name": "one", "custom": True, "parent": STACK, "provider": f"{AWS}::id"}
    request = resource_pb2.RegisterResourceRequest(object=to_struct(inputs or {}), **{**defaults, **fields})
    return update.register(request)


def test_a_good_registration_is_taken(update: Update) -> None:
    answer = register(update, {"name": "it"})
    assert (answer.urn, answer.id, answer.object["name"]) == (urn("one"), "", "it")
    assert (update.failures, names(update.result.changes.created)) == ([], ["aws", "one", "small-dev"])


def test_empty_timeouts_are_none(update: Update) -> None:
    register(update, {"name": "it"}, customTimeouts=Timeouts())
    assert update.failures == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"parent": "urn:nobody"}, "one: its parent urn:nobody is not registered"),
        ({"dependencies": ["urn:nobody"]}, "one: its dependency urn:nobody is not registered"),
        (
            {"propertyDependencies": {"name": PropertyDependencies(urns=["urn:nobody"])}},
            "one: its dependency urn:nobody is not registered",
        ),
        ({"provider": "urn:nobody::id"}, "one: its provider urn:nobody is not registered"),
        ({"provider": ""}, "one: it has no provider, and the built-in engine has no default providers"),
        (
            {"name": "aws", "type": "pulumi:providers:aws"},
            f"Duplicate resource URN '{AWS}'; try giving it a unique name",
        ),
        (
            {"name": "gcp", "type": "pulumi:providers:gcp"},
            "gcp: the lab has no provider pulumi:providers:gcp, only pulumi:providers:aws",
        ),
        (
            {"name": "aws2", "type": "pulumi:providers:aws", "inputs": {"profile": "prod"}},
            "aws2: profile is not a provider property that the lab implements",
        ),
        (
            {
                "name": "aws2",
                "type": "pulumi:providers:aws",
                "inputs": {"region": REGION, "allowedAccountIds": '["999999999999"]'},
            },
            "the AWS provider's credentials belong to account 111122223333, but allowedAccountIds has only "
            "999999999999",
        ),
        ({"type": "aws:ec2/instance:Instance"}, "the lab does not support the type aws:ec2/instance:Instance (one)"),
        (
            {"inputs": {"nmae": "x", "tags": "x"}},
            "one (aws:sns/topic:Topic): nmae is not a property that the lab implements; it has deliveryPolicy, "
            "displayName, kmsMasterKeyId, name, policy, region, tags; tags must be a map of strings",
        ),
        ({"importId": "it"}, "one: the built-in engine does not support import_"),
        ({"replaceOnChanges": ["name"]}, "one: the built-in engine does not support replace_on_changes"),
        ({"remote": True}, "one: the built-in engine does not support remote components"),
        ({"replace_with": ["urn:it"]}, "one: the built-in engine does not support replace_with"),
        (
            {"replacement_trigger": struct_pb2.Value(string_value="now")},
            "one: the built-in engine does not support replacement_trigger",
        ),
        ({"deletedWith": "urn:it"}, "one: the built-in engine does not support deleted_with"),
        ({"customTimeouts": Timeouts(create="5m")}, "one: the built-in engine does not support custom_timeouts"),
    ],
)
def test_a_bad_registration_is_refused(update: Update, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(RegistrationError) as refused:
        register(update, **fields)
    assert (str(refused.value), update.failures) == (message, [message])
    with pytest.raises(RegistrationError, match=r"^the deployment has failed already$"):
        register(update, name="another")
    assert update.failures == [message]


def test_only_whole_properties_can_be_ignored(providers: Providers, tmp_path: Path) -> None:
    old = ResourceState(urn=urn("one"), type=TOPIC_TYPE, custom=True, inputs={"name": "it"}, provider=f"{AWS}::id")
    update = preview(providers, tmp_path, old)
    with pytest.raises(RegistrationError) as refused:
        register(update, {"name": "it"}, ignoreChanges=["tags.Env"])
    assert str(refused.value) == "one: the built-in engine supports only whole properties in ignore_changes"
