"""IAM: global, so that no ARN has a region."""

from collections.abc import Callable

from deadfall.lab.provider.values import is_unknown

from ..grant import Grant, ResourceType, Verb
from ..planned import Planned

ROLE = "aws:iam/role:Role"


def _role(resource: Planned) -> tuple[str, ...]:
    return (_arn(resource, "role"),)


def _user(resource: Planned) -> tuple[str, ...]:
    return (_arn(resource, "user"),)


def _user_of(resource: Planned) -> tuple[str, ...]:
    return (resource.iam_arn(f"user/{resource.name('user')}"),)


def _arn(resource: Planned, kind: str) -> str:
    return resource.iam_arn(f"{kind}{resource.get('path') or '/'}{resource.name()}")


def role_given(key: str) -> Callable[[Planned], tuple[str, ...]]:
    """The ARN of the role that an input names, if it is set: composed, or an output of a role of the stack."""

    def given(resource: Planned) -> tuple[str, ...]:
        value = resource.get(key)
        if value is None:
            return ()
        return _role(resource.referred(key, ROLE)) if is_unknown(value) else (value,)

    return given


TYPES = (
    ResourceType(
        ROLE,
        source="internal/service/iam/role.go",
        on=_role,
        grants=(
            Grant(Verb.CREATE, "iam:CreateRole"),
            # The provider reads which policies a role has, its inline ones with their text.
            Grant(Verb.READ, "iam:GetRole iam:GetRolePolicy iam:ListAttachedRolePolicies iam:ListRolePolicies"),
            Grant(Verb.UPDATE, "iam:UpdateAssumeRolePolicy iam:UpdateRole iam:UpdateRoleDescription"),
            # A role in an instance profile can't be deleted, so the provider looks.
            Grant(Verb.DELETE, "iam:DeleteRole iam:ListInstanceProfilesForRole"),
            Grant(Verb.TAG, "iam:TagRole iam:UntagRole"),
        ),
    ),
    ResourceType(
        "aws:iam/rolePolicy:RolePolicy",
        source="internal/service/iam/role_policy.go",
        on=lambda resource: _role(resource.referred("role", ROLE)),
        grants=(
            Grant(Verb.CREATE, "iam:PutRolePolicy"),  # for updating, too
            Grant(Verb.READ, "iam:GetRolePolicy"),
            Grant(Verb.DELETE, "iam:DeleteRolePolicy"),
        ),
    ),
    ResourceType(
        "aws:iam/user:User",
        source="internal/service/iam/user.go",
        on=_user,
        grants=(
            Grant(Verb.CREATE, "iam:CreateUser"),
            Grant(Verb.READ, "iam:GetUser"),
            Grant(Verb.UPDATE, "iam:UpdateUser"),
            # A member of a group can't be deleted, so the provider looks.
            Grant(Verb.DELETE, "iam:DeleteUser iam:ListGroupsForUser"),
            Grant(Verb.TAG, "iam:TagUser iam:UntagUser"),
        ),
    ),
    ResourceType(
        "aws:iam/userPolicy:UserPolicy",
        source="internal/service/iam/user_policy.go",
        on=_user_of,
        grants=(
            Grant(Verb.CREATE, "iam:PutUserPolicy"),  # for updating, too
            Grant(Verb.READ, "iam:GetUserPolicy"),
            Grant(Verb.DELETE, "iam:DeleteUserPolicy"),
        ),
    ),
    ResourceType(
        "aws:iam/accessKey:AccessKey",
        source="internal/service/iam/access_key.go",
        on=_user_of,
        grants=(
            Grant(Verb.CREATE, "iam:CreateAccessKey"),
            Grant(Verb.READ, "iam:ListAccessKeys"),
            # The responder makes a touched key inactive; an update would make it active again.
            Grant(Verb.UPDATE, "iam:UpdateAccessKey"),
            Grant(Verb.DELETE, "iam:DeleteAccessKey"),
        ),
    ),
)
