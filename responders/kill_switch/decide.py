"""Decide, purely, what to do about a confirmed touch: a plan of typed actions, or to observe and why."""

from dataclasses import dataclass
from typing import Literal

from .actions import Action, Deny
from .actions.deactivate_keys import DeactivateKeys
from .actions.deny_session import DenySession, policy_name
from .actions.deny_user import DenyUser
from .actions.remove_password import RemovePassword
from .manifest import Manifest
from .parse import Sighting
from .principal import Principal
from .protected import protection
from .settings import Settings

ADVICE = {
    "Root": (
        "Ask the owner of the root user's email address whether they made the call. If not: change the root password,"
        " delete root access keys, check the MFA devices, and open an AWS Support case. IAM policies do not apply to"
        " root."
    ),
    "FederatedUser": (
        "Deny the IAM user that issued the session (aws iam put-user-policy): the session has that user's permissions."
    ),
    "IdentityCenterUser": "Disable the user and end its sessions in IAM Identity Center.",
    "SAMLUser": "Contain the assumed role and check the identity provider.",
    "WebIdentityUser": "Contain the assumed role and check the identity provider.",
    "AWSAccount": (
        "Remove that account from trust and resource policies: its principals can't be contained from this account."
    ),
    "AWSService": "Identify the user or workload on whose behalf the service made the call.",
}
ADVICE_OF_FINDING = (
    "Open the finding in GuardDuty (aws guardduty get-findings) to see what it is based on. If it is a true positive,"
    " contain the caller by hand."
)
ADVICE_OTHERWISE = "Identify the caller from the CloudTrail record, and contain it by hand if necessary."

LEFT_OPEN = {
    "user": "Role sessions that the user opened earlier remain active: look for its AssumeRole calls in CloudTrail.",
    "role-session": "The principal that opened this session can open another: find its AssumeRole call in CloudTrail"
    " and contain its caller. The role's other sessions are deliberately left active.",
}
"""What the plan for a kind of principal does not cover."""


@dataclass(frozen=True)
class Contain:
    """The plan, in the order in which it is carried out: the deny, then what is slower or lossy."""

    deny: Deny
    later: tuple[Action, ...]
    left_open: str


@dataclass(frozen=True)
class Observe:
    """Nothing is done. `advice` is what a human should do; `quiet` hits are recorded and counted but not mailed."""

    status: Literal["SUPPRESSED", "OBSERVED"]
    reason: str
    advice: str
    quiet: bool = False


def decide(sighting: Sighting, principal: Principal, settings: Settings, manifest: Manifest) -> Contain | Observe:
    """Protection outranks everything; then a detection that does not contain; then an identity that can't be
    contained."""
    advice = ADVICE_OF_FINDING if sighting.finding else ADVICE.get(principal.type, ADVICE_OTHERWISE)
    protected = protection(principal, sighting.detection, settings, manifest)
    if protected and (protected.quiet or sighting.detection.response == "contain"):
        return Observe("SUPPRESSED", protected.reason, advice, protected.quiet)
    if sighting.detection.response != "contain":
        quiet = sighting.detection.response == "observe"
        reason = f"This detection {'only records' if quiet else 'alerts but does not contain'}."
        return Observe("OBSERVED", f"{reason} {protected.reason}" if protected else reason, advice, quiet)
    if principal.unresolved or not principal.name or not principal.unique_id:
        return Observe("OBSERVED", principal.unresolved or "The principal has no name or no unique id.", advice)
    if principal.kind == "user":
        deny = DenyUser(principal.name, settings.quarantine_policy_name)
        return Contain(deny, (DeactivateKeys(principal.name), RemovePassword(principal.name)), LEFT_OPEN["user"])
    name = policy_name(settings.quarantine_policy_name, principal.unique_id)
    issued_by = principal.session_issued_at or sighting.record.event_time
    deny = DenySession(principal.name, principal.unique_id, name, issued_by)
    return Contain(deny, (), LEFT_OPEN["role-session"])
