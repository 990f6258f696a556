"""Deny an IAM user everything, with one inline policy and no condition."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from .. import quarantine
from ..aws import code
from ..scope import IAM_USERS, Permission
from . import Check, Done, Inverse, command, restore_policy


@dataclass(frozen=True)
class DenyUser:
    """Covers the user's keys, the sessions it made with GetSessionToken and GetFederationToken, and the console.

    IAM counts at most 2,048 characters of inline policies per user, white space aside; a user that is full makes
    PutUserPolicy fail with LimitExceeded, which fails this action and is said.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """

    name: ClassVar[str] = "deny-user"
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission("DenyUser", ("iam:GetUserPolicy", "iam:PutUserPolicy"), IAM_USERS),
    )

    user_name: str
    policy_name: str

    @property
    def target(self) -> str:
        return f"user/{self.user_name}"

    def find(self, iam: Any) -> quarantine.Found:
        try:
            answer = iam.get_user_policy(UserName=self.user_name, PolicyName=self.policy_name)
        except iam.exceptions.ClientError as error:
            if code(error) != "NoSuchEntity":
                raise
            return quarantine.Found()
        return quarantine.read(answer["PolicyDocument"])

    def run(self, iam: Any, found: quarantine.Found, incident_id: str, at: datetime) -> Done:
        if found.incident_id:
            return Done("already", f"inline policy {self.policy_name} denies everything")
        iam.put_user_policy(
            UserName=self.user_name,
            PolicyName=self.policy_name,
            PolicyDocument=quarantine.document(incident_id),
        )
        return Done("done", f"inline policy {self.policy_name} denies everything")

    def verify(self, iam: Any) -> bool:
        return self.find(iam).incident_id is not None

    def inverse(self, prior_state: dict[str, Any] | None) -> Inverse:
        names = ("--user-name", self.user_name, "--policy-name", self.policy_name)
        return restore_policy(
            command("iam", "delete-user-policy", *names),
            command("iam", "put-user-policy", *names, "--policy-document", f"file://{self.policy_name}.json"),
            prior_state,
        )

    def check(self) -> Check:
        return Check(
            command("iam", "get-user-policy", "--user-name", self.user_name, "--policy-name", self.policy_name),
            "Effect Deny, Action *, Resource *, no condition",
        )
