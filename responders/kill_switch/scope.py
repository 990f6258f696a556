"""What the responder may do and where: the words in which each file declares the permissions that its code needs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Scope:
    """The deployed names that the responder's permissions are limited to; plain strings, all known at preview."""

    partition: str
    account_id: str
    home_region: str
    prefix: str
    function: str
    role: str
    ledger_table: str
    evidence_bucket: str
    alert_topic: str
    trail_log_group: str
    protected_principals: tuple[str, ...]
    """IAM ARNs of principals that must never be contained: deploy role, break-glass, decoy users."""

    def fill(self, template: str) -> str:
        """`template` with its `{field}`s replaced by this scope's values."""
        return template.format(**asdict(self))


@dataclass(frozen=True)
class Permission:
    """One permission that the code beside it needs.

    `resources` and the values of `condition` are templates over `Scope`. `used_by` is "responder" where our code
    makes the call; else the AWS service that uses the permission with the role or on its behalf, so that no call of
    ours matches it.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, Mapping[str, str | tuple[str, ...]]] | None = None
    used_by: str = "responder"


IAM_USERS = ("arn:{partition}:iam::{account_id}:user/*",)
IAM_ROLES = ("arn:{partition}:iam::{account_id}:role/*",)
