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
    "Root": "Ask the owner of the root user's mail address whether it was them. If not: change the root password,"
    " delete root access keys, check its MFA, and open a case with AWS Support. No IAM policy binds root.",
    "FederatedUser": "Deny the IAM user that issued the session (aws iam put-user-policy): its permissions are theirs.",
    "IdentityCenterUser": "Disable the user and end its sessions in IAM Identity Center.",
    "SAMLUser": "Contain the role that was assumed and check the identity provider.",
    "WebIdentityUser": "Contain the role that was assumed and check the identity provider.",
    "AWSAccount": "Remove that account from trust and resource policies; its principals can't be contained from here.",
    "AWSService": "Find the human or the workload that made the service do this.",
}
ADVICE_OF_FINDING = (
    "Open the finding in GuardDuty (aws guardduty get-findings), which says what it was inferred from, and contain the"
    " caller by hand if it is true."
)
ADVICE_OTHERWISE = "Find out who made the call from the record in CloudTrail, and contain them by hand if need be."

LEFT_OPEN = {
    "user": "Role sessions that the user opened before go on: look for its AssumeRole calls in CloudTrail.",
    "role-session": "Whoever opened this session can open another: find its AssumeRole call in CloudTrail and contain"
    " its caller. Other sessions of the role go on, on purpose.",
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
        reason = f"This detection {'only observes' if quiet else 'alerts and does not contain'}."
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
