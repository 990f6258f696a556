"""Remove the console password of an IAM user."""

from dataclasses import dataclass
from typing import Any, ClassVar

from ..aws import code
from ..scope import IAM_USERS, Permission
from . import Check, Done, Inverse, command


@dataclass(frozen=True)
class RemovePassword:
    """IAM can't disable a password, only delete it. An open console session goes on, but the deny covers it."""

    name: ClassVar[str] = "remove-password"
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission("RemovePassword", ("iam:GetLoginProfile", "iam:DeleteLoginProfile"), IAM_USERS),
    )

    user_name: str

    @property
    def target(self) -> str:
        return f"user/{self.user_name}"

    def run(self, iam: Any) -> Done:
        if not self._has_password(iam):
            return Done("already", "no console password")
        try:
            iam.delete_login_profile(UserName=self.user_name)
        except iam.exceptions.ClientError as error:
            if code(error) != "NoSuchEntity":
                raise
            return Done("already", "no console password")
        return Done("done", "console password deleted")

    def verify(self, iam: Any) -> bool:
        return not self._has_password(iam)

    def _has_password(self, iam: Any) -> bool:
        try:
            iam.get_login_profile(UserName=self.user_name)
        except iam.exceptions.ClientError as error:
            if code(error) != "NoSuchEntity":
                raise
            return False
        return True

    def inverse(self, prior_state: dict[str, Any] | None) -> Inverse:
        if (prior_state or {}).get("login_profile") is None:
            return Inverse(note="Nothing to undo: there was no console password.")
        return Inverse(
            note="Can't be undone: IAM can't restore a password. Set a new one (aws iam create-login-profile)."
        )

    def check(self) -> Check:
        return Check(command("iam", "get-login-profile", "--user-name", self.user_name), "NoSuchEntity")
