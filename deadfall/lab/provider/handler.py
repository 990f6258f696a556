"""What a resource type must be able to do: create, read, update in place, delete."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from botocore.exceptions import ClientError

from .aws import Aws
from .schema import Schema, string, string_map

Values = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Change:
    """What an update is about: how the resource was, how it shall be, and which properties differ.

    After a creation, `old` is empty and `properties` are those that only an update can set.
    """

    old: Values
    new: Values
    properties: frozenset[str]

    def of(self, *properties: str) -> bool:
        """Whether one of these properties differs."""
        return not self.properties.isdisjoint(properties)

    def tags(self) -> tuple[dict[str, str], list[str]]:
        """The tags to set, and the keys of those to remove."""
        old, new = self.old.get("tagsAll") or {}, self.new.get("tagsAll") or {}
        return {k: v for k, v in new.items() if old.get(k) != v}, sorted(old.keys() - new.keys())


class Handler(ABC):
    """One Pulumi type. Values are plain: no secrets, no unknowns; `tagsAll` has the provider's default tags merged in.

    Subclasses raise botocore's ClientError and let it through: the provider makes the sentence out of it.
    """

    pulumi_type: ClassVar[str]
    properties: ClassVar[Schema]
    regional: ClassVar[bool] = True
    outputs: ClassVar[tuple[str, ...]] = ()
    """Properties that only AWS knows: unknown in a preview."""
    secret_outputs: ClassVar[tuple[str, ...]] = ()
    set_after_creation: ClassVar[frozenset[str]] = frozenset()
    """Properties that the creating call does not take: `update` sets them right after it."""

    @property
    def schema(self) -> Schema:
        return {**self.properties, "region": string(replaces=True)} if self.regional else self.properties

    @property
    def taggable(self) -> bool:
        return "tags" in self.schema

    @abstractmethod
    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        """Make it: its id, and the outputs that AWS tells only now."""

    @abstractmethod
    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        """How it is now: the properties that AWS tells; None when it is gone. `state` is how it was last known."""

    def update(self, aws: Aws, id: str, change: Change) -> None:  # noqa: B027
        """Bring it to the new values in place. A type of which every property replaces has nothing to do."""

    @abstractmethod
    def delete(self, aws: Aws, id: str, state: Values) -> None:
        """Remove it. That it is gone already may raise: the provider forgives the codes in `GONE`."""


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
    """Whether the error says that the thing is not there."""
    return code(error) in GONE


def present(call: Callable[[], T]) -> T | None:
    """What the call returns, or None when the thing asked for is not there."""
    try:
        return call()
    except ClientError as error:
        if is_gone(error):
            return None
        raise


def without_none(**arguments: Any) -> dict[str, Any]:
    """The arguments that are given: AWS calls take no nulls."""
    return {key: value for key, value in arguments.items() if value is not None}


def wait(ready: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait until AWS says that something is ready.

    Raises:
        TimeoutError: it was not ready in time.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not ready after {seconds:.0f} s")
        time.sleep(0.05)
