"""Containment actions: one file each, with the IAM permissions it needs declared beside its code.

An action is a frozen value that a plan is made of. Each is idempotent, says afterwards by re-reading IAM whether it
holds, and has an inverse or says that it has none.
"""

import shlex
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol

from ..quarantine import Found
from ..scope import Permission


@dataclass(frozen=True)
class Done:
    """How a run ended. `already` when there was nothing left to do."""

    outcome: Literal["done", "already"]
    detail: str


@dataclass(frozen=True)
class Inverse:
    """How a human takes an action back: exact AWS CLI commands, or why there is none."""

    commands: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Check:
    """How a human sees that an action holds: an AWS CLI command, and what it answers then."""

    command: str
    answer: str


class Action(Protocol):
    name: ClassVar[str]
    permissions: ClassVar[tuple[Permission, ...]]

    @property
    def target(self) -> str:
        """What it acts upon, as `user/alice`."""
        ...

    def run(self, iam: Any) -> Done:
        """Do it, or find it done. Raises botocore's errors."""
        ...

    def verify(self, iam: Any) -> bool:
        """Whether it holds, by reading IAM again. Raises botocore's errors."""
        ...

    def inverse(self, prior_state: dict[str, Any] | None) -> Inverse: ...

    def check(self) -> Check: ...


class Deny(Protocol):
    """The first action of every plan. It differs from the later ones in that it may find its policy's name taken."""

    name: ClassVar[str]
    permissions: ClassVar[tuple[Permission, ...]]

    @property
    def target(self) -> str: ...

    def find(self, iam: Any) -> Found:
        """What stands under the policy's name. Raises botocore's errors."""
        ...

    def run(self, iam: Any, found: Found, incident_id: str, at: datetime) -> Done: ...

    def verify(self, iam: Any) -> bool: ...

    def inverse(self, prior_state: dict[str, Any] | None) -> Inverse: ...

    def check(self) -> Check: ...


def command(*arguments: str) -> str:
    """An AWS CLI command, quoted for a POSIX shell."""
    return shlex.join(("aws", *arguments))


def restore_policy(remove: str, put: str, prior_state: dict[str, Any] | None) -> Inverse:
    """The inverse of a quarantine policy: remove it, or put the text back that stood under its name before."""
    if (prior_state or {}).get("replaced_policy"):
        return Inverse((put,), "First save replaced_policy from the prior state to that file.")
    return Inverse((remove,))
