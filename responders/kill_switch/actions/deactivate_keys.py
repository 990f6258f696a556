"""Deactivate every access key of an IAM user."""

from dataclasses import dataclass
from typing import Any, ClassVar

from ..scope import IAM_USERS, Permission
from . import Check, Done, Inverse, command


@dataclass(frozen=True)
class DeactivateKeys:
    """All of them, not only the one that was seen: an attacker who has the user can have both (IAM allows two)."""

    name: ClassVar[str] = "deactivate-keys"
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission("DeactivateKeys", ("iam:ListAccessKeys", "iam:UpdateAccessKey"), IAM_USERS),
    )

    user_name: str

    @property
    def target(self) -> str:
        return f"user/{self.user_name}"

    def run(self, iam: Any) -> Done:
        active = self._active(iam)
        for key_id in active:
            iam.update_access_key(UserName=self.user_name, AccessKeyId=key_id, Status="Inactive")
        if active:
            return Done("done", f"deactivated {', '.join(active)}")
        return Done("already", "no active access key")

    def verify(self, iam: Any) -> bool:
        return not self._active(iam)

    def _active(self, iam: Any) -> list[str]:
        pages = iam.get_paginator("list_access_keys").paginate(UserName=self.user_name)
        keys = [key for page in pages for key in page["AccessKeyMetadata"]]
        return [key["AccessKeyId"] for key in keys if key["Status"] == "Active"]

    def inverse(self, prior_state: dict[str, Any] | None) -> Inverse:
        keys = (prior_state or {}).get("access_keys") or []
        activate = tuple(
            command(
                *("iam", "update-access-key", "--user-name", self.user_name),
                *("--access-key-id", key["id"], "--status", "Active"),
            )
            for key in keys
            if key["status"] == "Active"
        )
        if not activate:
            return Inverse(note="Nothing to undo: no access key was active before.")
        return Inverse(activate, "AWS advises against reactivating a key that may be stolen: issue a new one instead.")

    def check(self) -> Check:
        return Check(command("iam", "list-access-keys", "--user-name", self.user_name), "every key Inactive")
