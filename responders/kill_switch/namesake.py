"""Is the principal that IAM has under this name the one that acted?

Names are used again, unique ids never. A delivery may be hours old; a user or role that was deleted and made anew
since is somebody else, and must not be contained.
"""

from typing import Any

from .aws import code
from .principal import Principal
from .scope import IAM_ROLES, IAM_USERS, Permission

PERMISSIONS = (
    Permission("TellUsersApart", ("iam:GetUser",), IAM_USERS),
    Permission("TellRolesApart", ("iam:GetRole",), IAM_ROLES),
)


def gone(iam: Any, principal: Principal) -> str | None:
    """A sentence that says that the principal no longer exists, or None when it does. Raises botocore's errors."""
    unique_id = (principal.unique_id or "").partition(":")[0]
    try:
        if principal.kind == "user":
            noun, found = "user", iam.get_user(UserName=principal.name)["User"]["UserId"]
        else:
            noun, found = "role", iam.get_role(RoleName=principal.name)["Role"]["RoleId"]
    except iam.exceptions.ClientError as error:
        if code(error) != "NoSuchEntity":
            raise
        return "it no longer exists: somebody deleted it after the event, which ended its keys and sessions"
    if found != unique_id:
        return f"the {noun} that acted no longer exists; the {noun} that has its name now ({found}) was not touched"
    return None
