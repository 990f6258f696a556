"""The policy of the responder's role, written from what each file declares that its code needs."""

from typing import Any

from . import alert, event_history, evidence, ledger, metrics, namesake, path_l, prior_state
from .actions.deactivate_keys import DeactivateKeys
from .actions.deny_session import DenySession
from .actions.deny_user import DenyUser
from .actions.remove_password import RemovePassword
from .protected import RESERVED_NAMES, RESERVED_PATHS
from .scope import Permission, Scope

__all__ = ["PERMISSIONS", "Permission", "Scope", "role_statements"]

ACTIONS = (DenyUser, DeactivateKeys, RemovePassword, DenySession)

# What AWS does with the role, or on its behalf, while the function runs.
FOR_SERVICES = (
    Permission(
        "WriteOwnLog",
        ("logs:CreateLogStream", "logs:PutLogEvents"),
        ("arn:{partition}:logs:{home_region}:{account_id}:log-group:/aws/lambda/{function}:*",),
        used_by="lambda",
    ),
    Permission(
        "HandOverWhatFailed",
        ("sqs:SendMessage",),
        ("arn:{partition}:sqs:{home_region}:{account_id}:{function}-dead-letters",),
        used_by="lambda",
    ),
    Permission(
        "UseKeyOfTopicAndBucket",
        ("kms:GenerateDataKey", "kms:Decrypt"),
        # A key is known by its id only, which no policy written before it exists can name; its alias is known.
        ("arn:{partition}:kms:{home_region}:{account_id}:key/*",),
        {
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/{prefix}"},
            "StringEquals": {
                "kms:ViaService": ("sns.{home_region}.amazonaws.com", "s3.{home_region}.amazonaws.com"),
            },
        },
        used_by="sns and s3",
    ),
)

PERMISSIONS: tuple[Permission, ...] = (
    *namesake.PERMISSIONS,
    *(permission for action in ACTIONS for permission in action.permissions),
    *prior_state.PERMISSIONS,
    *ledger.PERMISSIONS,
    *evidence.PERMISSIONS,
    *path_l.PERMISSIONS,
    *event_history.PERMISSIONS,
    *alert.PERMISSIONS,
    *metrics.PERMISSIONS,
    *FOR_SERVICES,
)


def role_statements(scope: Scope) -> list[dict[str, Any]]:
    """All statements of the role's policy.

    IAM can't limit PutUserPolicy and PutRolePolicy by content, so this role could give anybody any rights: hence the
    deny on itself and on everything that must never be contained, which no allow outranks.
    """
    return [*(_allow(permission, scope) for permission in PERMISSIONS), _never_touch(scope)]


def _allow(permission: Permission, scope: Scope) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": permission.sid,
        "Effect": "Allow",
        "Action": list(permission.actions),
        "Resource": _one_or_many([scope.fill(resource) for resource in permission.resources]),
    }
    if permission.condition:
        statement["Condition"] = {
            operator: {key: _fill(value, scope) for key, value in keys.items()}
            for operator, keys in permission.condition.items()
        }
    return statement


def _never_touch(scope: Scope) -> dict[str, Any]:
    role = scope.fill("arn:{partition}:iam::{account_id}:role")
    resources = [
        f"{role}/{scope.role}",
        *scope.protected_principals,
        *(f"{role}{path}*" for path in RESERVED_PATHS),
        *(f"{role}/{name}" for name in RESERVED_NAMES),
    ]
    return {"Sid": "NeverTouch", "Effect": "Deny", "Action": "iam:*", "Resource": list(dict.fromkeys(resources))}


def _fill(value: str | tuple[str, ...], scope: Scope) -> str | list[str]:
    return scope.fill(value) if isinstance(value, str) else [scope.fill(one) for one in value]


def _one_or_many(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
