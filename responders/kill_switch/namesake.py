"""Is the principal that IAM has under this name the one that acted?

Names are used again, unique ids never. A delivery may be hours old; a user or role that was deleted and made anew
since is somebody else, and must not be contained.
"""

from typing import Any

from .principal import Principal
from .scope import IAM_ROLES, IAM_USERS, Permission

PERMISSIONS = (
    Permission("TellUsersApart", ("iam:GetUser",), IAM_USERS),
    Permission("TellRolesApart", ("iam:GetRole",), IAM_ROLES),
)


def gone(iam: Any, principal: Principal) -> str | None:
    """A sentence that says that somebody else has the principal's name now, or None. Raises botocore's errors.

    That IAM knows nobody of this name (NoSuchEntity) is such an error, and no proof: IAM is eventually consistent, and
    the principal acted a moment ago.
    """
    unique_id = (principal.unique_id or "").partition(":")[0]
    if principal.kind == "user":
        noun, found = "user", iam.get_user(UserName=principal.name)["User"]["UserId"]
    else:
        noun, found = "role", iam.get_role(RoleName=principal.name)["Role"]["RoleId"]
    if found == unique_id:
        return None
    return (
        f"The {noun} that made the call no longer exists. The {noun} that now has its name ({found}) was left"
        " unchanged."
    )
