"""The interface of a resource type: its properties, its deploy permissions, and create, read, update and delete."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from botocore.exceptions import ClientError

from .aws import Aws
from .grants import DeployPermissions
from .schema import Schema, string, string_map

Values = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Change:
    """An update of a resource: its old and new values, and the properties that differ.

    After a creation, `old` is empty and `properties` are those that only an update can set.
    """

    old: Values
    new: Values
    properties: frozenset[str]

    def any_of(self, *properties: str) -> bool:
        """Return whether one of these properties differs."""
        return not self.properties.isdisjoint(properties)

    def tags(self) -> tuple[dict[str, str], list[str]]:
        """Return the tags to set, and the keys of the tags to remove."""
        old, new = self.old.get("tagsAll") or {}, self.new.get("tagsAll") or {}
        return {k: v for k, v in new.items() if old.get(k) != v}, sorted(old.keys() - new.keys())


class ResourceType(ABC):
    """One Pulumi type. Its values contain no wrapped secrets and no unknowns; `tagsAll` includes the default tags.

    Subclasses do not catch botocore's ClientError; the provider turns it into a sentence.
    """

    pulumi_type: ClassVar[str]
    properties: ClassVar[Schema]
    deploy_permissions: ClassVar[DeployPermissions]
    regional: ClassVar[bool] = True
    outputs: ClassVar[tuple[str, ...]] = ()
    """Properties that only AWS knows: unknown in a preview."""
    secret_outputs: ClassVar[tuple[str, ...]] = ()
    set_after_creation: ClassVar[frozenset[str]] = frozenset()
    """Properties that the call in `create` cannot set: `update` sets them right after it."""

    @property
    def schema(self) -> Schema:
        return {**self.properties, "region": string(replaces=True)} if self.regional else self.properties

    @property
    def taggable(self) -> bool:
        return "tags" in self.schema

    @abstractmethod
    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        """Create the resource. Return its id, and outputs that only AWS's response to the creation contains."""

    @abstractmethod
    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        """Return the properties that AWS reports, or None if it no longer exists. `state` is the last known state."""

    def update(self, aws: Aws, id: str, change: Change) -> None:  # noqa: B027
        """Update the resource in place. Not needed if a change of any property replaces the resource."""

    @abstractmethod
    def delete(self, aws: Aws, id: str, state: Values) -> None:
        """Delete the resource. May raise if it no longer exists: the provider ignores the error codes in `GONE`."""


TAGS = string_map()

GONE = frozenset(
    {
        "404",
        "EntityNotFoundException",
        "NotFound",
        "NotFoundException",
        "NoSuchEntity",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "ObjectLockConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
        "ResourceNotFoundException",
        "TrailNotFoundException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
    }
)


def code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def is_gone(error: ClientError) -> bool:
    """Return whether the error means that the resource does not exist."""
    return code(error) in GONE


def none_if_missing(call: Callable[[], T]) -> T | None:
    """Return what the call returns, or None when the resource does not exist."""
    try:
        return call()
    except ClientError as error:
        if is_gone(error):
            return None
        raise


def without_none(**arguments: Any) -> dict[str, Any]:
    """Return the arguments that are not None, since AWS calls accept no nulls."""
    return {key: value for key, value in arguments.items() if value is not None}


def wait(ready: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait until `ready` returns true.

    Raises:
        TimeoutError: it was not ready in time.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not ready after {seconds:.0f} s")
        time.sleep(0.05)
