"""Deny one session of a role everything, and leave the role's other sessions alone."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from .. import moment, quarantine
from ..aws import code
from ..scope import IAM_ROLES, Permission
from . import Check, Done, Inverse, command, restore_policy

SKEW = timedelta(seconds=60)
"""Tokens issued up to this long after the containment are denied too: clocks differ and IAM takes seconds to
enforce."""


@dataclass(frozen=True)
class DenySession:
    """An inline policy on the role: deny everything where both conditions hold,

        StringEquals aws:userid = AROA…:session      this session and no other of the role
        DateLessThan aws:TokenIssueTime = now + 60 s  its tokens of until now and no later ones

    Why both: the caller of AssumeRole chooses the session's name, and legitimate sessions use the same one again (a
    CI job's name, an EC2 instance's id). By name alone we would lock the next honest session out for good; by time
    alone we would stop every session of the role. An attacker who assumes the role again under the same name gets a
    newer token, which is contained again, with a new time, when it touches a decoy.

    aws:TokenIssueTime and date conditions take ISO-8601 in UTC, as in AWS's own AWSRevokeOlderSessions policy.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
    A role holds at most 10,240 characters of inline policies, about forty sessions of ours; then PutRolePolicy fails
    with LimitExceeded, which fails this action and is said.
    """

    name: ClassVar[str] = "deny-session"
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission("DenySession", ("iam:GetRolePolicy", "iam:PutRolePolicy"), IAM_ROLES),
    )

    role_name: str
    user_id: str
    """IAM's aws:userid, which is CloudTrail's principalId: AROA…:session."""
    policy_name: str
    issued_by: datetime
    """The session's token was issued at this time or before it."""

    @property
    def target(self) -> str:
        return f"role/{self.role_name} session {self.user_id}"

    def find(self, iam: Any) -> quarantine.Found:
        try:
            answer = iam.get_role_policy(RoleName=self.role_name, PolicyName=self.policy_name)
        except iam.exceptions.ClientError as error:
            if code(error) != "NoSuchEntity":
                raise
            return quarantine.Found()
        return quarantine.read(answer["PolicyDocument"], self.user_id)

    def run(self, iam: Any, found: quarantine.Found, incident_id: str, at: datetime) -> Done:
        if self._holds(found):
            return Done("already", f"inline policy {self.policy_name} denies tokens before {found.denied_before}")
        denied_before = f"{at + SKEW:%Y-%m-%dT%H:%M:%SZ}"
        condition = quarantine.session_condition(self.user_id, denied_before)
        iam.put_role_policy(
            RoleName=self.role_name,
            PolicyName=self.policy_name,
            PolicyDocument=quarantine.document(found.incident_id or incident_id, condition),
        )
        return Done("done", f"inline policy {self.policy_name} denies tokens before {denied_before}")

    def verify(self, iam: Any) -> bool:
        return self._holds(self.find(iam))

    def _holds(self, found: quarantine.Found) -> bool:
        denied_before = moment.parse(found.denied_before)
        return denied_before is not None and denied_before > self.issued_by

    def inverse(self, prior_state: dict[str, Any] | None) -> Inverse:
        names = ("--role-name", self.role_name, "--policy-name", self.policy_name)
        return restore_policy(
            command("iam", "delete-role-policy", *names),
            command("iam", "put-role-policy", *names, "--policy-document", f"file://{self.policy_name}.json"),
            prior_state,
        )

    def check(self) -> Check:
        return Check(
            command("iam", "get-role-policy", "--role-name", self.role_name, "--policy-name", self.policy_name),
            "Effect Deny, Action *, Resource *, for this aws:userid and its older tokens",
        )


def policy_name(quarantine_policy_name: str, user_id: str) -> str:
    """One policy per session, under a name that doesn't repeat what the attacker chose to call it."""
    return f"{quarantine_policy_name}-{hashlib.sha256(user_id.encode()).hexdigest()[:8]}"
