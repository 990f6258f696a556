"""Principals that are never touched, whatever they did (docs/aws-facts.md, reserved-roles).

Their hits are recorded as suppressed and counted, and told. Only the deploy role's touch of a decoy secret is quiet: it
reads them on every refresh.
"""

from dataclasses import dataclass

from .manifest import Manifest, ManifestDetection
from .principal import Principal
from .settings import Settings

RESERVED_PATHS = ("/aws-service-role/", "/aws-reserved/")
"""Roles here belong to AWS: IAM refuses changes to them (UnmodifiableEntity)."""

RESERVED_NAMES = ("AWSServiceRoleFor*", "AWSReservedSSO_*", "OrganizationAccountAccessRole", "AWSControlTowerExecution")
RESERVED_NAMES += ("stacksets-exec-*",)
"""Role names, a `*` standing for any ending: AWS's own, and the ways into an account that its organization relies
on."""


@dataclass(frozen=True)
class Protection:
    reason: str
    quiet: bool = False


def protection(
    principal: Principal, detection: ManifestDetection, settings: Settings, manifest: Manifest
) -> Protection | None:
    """Why `principal`, seen by `detection`, must not be touched, or None."""
    if principal.type == "AWSService":
        return Protection("The caller is an AWS service.")
    if principal.account_id is not None and principal.account_id != settings.account_id:
        return Protection(f"The caller belongs to another account ({principal.account_id}).")
    if principal.entity is None:
        return None
    if principal.kind == "role-session":
        if principal.entity.folded_name == settings.responder_role_name.lower():
            return Protection(
                "The caller is the responder's own role. The responder never makes this call: investigate."
            )
        if principal.path and principal.path.startswith(RESERVED_PATHS):
            return Protection("The role belongs to AWS, and IAM does not allow changes to it.")
        if any(_matches(name, principal.name or "") for name in RESERVED_NAMES):
            return Protection(f"The role {principal.name} is reserved for AWS or for the organization.")
    if principal.entity == settings.deploy_role:
        if detection.decoy and detection.decoy.identifiers:
            return Protection("The caller is the deploy role, which reads its own decoys.", quiet=True)
        return Protection("The caller is the deploy role.")
    if principal.entity in settings.protected:
        return Protection("The caller is on the list of protected principals (break-glass).")
    if principal.entity in manifest.decoy_principals:
        return Protection(
            "The caller is itself a decoy: it has no permissions, and its key stays active so that further use is"
            " detected."
        )
    return None


def _matches(reserved: str, name: str) -> bool:
    reserved, name = reserved.lower(), name.lower()
    return name.startswith(reserved[:-1]) if reserved.endswith("*") else name == reserved
