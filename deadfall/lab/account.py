"""Read facts about an account from MiniStack's stores. No other module depends on the layout of those stores."""

import re
import uuid
from collections.abc import Callable
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudtrail, cloudwatch_logs, eventbridge, iam, kms, secretsmanager, ssm, sts

from .cloudtrail.identity import Caller, Issuer
from .cloudtrail.key_use import EncryptionKey


def caller(access_key_id: str) -> Caller | None:
    """Return the owner of an access key, or None if no account has issued it."""
    if re.fullmatch(r"\d{12}", access_key_id):
        arn = f"arn:aws:iam::{access_key_id}:root"
        return Caller("Root", access_key_id, arn, access_key_id, access_key_id)
    if (session := sts._sessions.get(access_key_id)) is not None:
        return _session_caller(access_key_id, session)
    for (account_id, key_id), key in list(iam._access_keys.to_dict().items()):
        if key_id == access_key_id:
            user = iam._users.get_scoped(account_id, None, key["UserName"]) or {}
            arn = user.get("Arn", f"arn:aws:iam::{account_id}:user/{key['UserName']}")
            return Caller("IAMUser", user.get("UserId", ""), arn, account_id, access_key_id, key["UserName"])
    return None


def _session_caller(access_key_id: str, session: dict[str, Any]) -> Caller:
    arn, principal_id, issued_at = session["Arn"], session.get("UserId", ""), session.get("IssuedAt", 0.0)
    account_id = arn.split(":")[4]
    if ":assumed-role/" in arn:
        name = arn.split("/")[1]
        role = iam._roles.get_scoped(account_id, None, name) or {}
        issuer = Issuer(
            "Role",
            role.get("RoleId", principal_id.split(":")[0]),
            role.get("Arn", f"arn:aws:iam::{account_id}:role/{name}"),
            account_id,
            name,
        )
        return Caller("AssumedRole", principal_id, arn, account_id, access_key_id, None, issued_at, issuer)
    if ":federated-user/" in arn:
        name = session.get("PrincipalName") or ""
        user = iam._users.get_scoped(account_id, None, name) or {}
        issuer = Issuer("IAMUser", user.get("UserId", ""), user.get("Arn", ""), account_id, name) if name else None
        return Caller("FederatedUser", principal_id, arn, account_id, access_key_id, None, issued_at, issuer)
    if arn.endswith(":root"):
        return Caller("Root", principal_id, arn, account_id, access_key_id, None, issued_at)
    return Caller("IAMUser", principal_id, arn, account_id, access_key_id, arn.rsplit("/", 1)[-1], issued_at)


def trails(account_id: str) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Return every trail of an account with its event selectors."""
    return [
        (trail, cloudtrail._event_selectors.get_scoped(account_id, region, name) or cloudtrail._DEFAULT_EVENT_SELECTORS)
        for (owner, region, name), trail in cloudtrail._trails.all_items()
        if owner == account_id
    ]


def encrypting_key(account_id: str, region: str, service: str, resource_arn: str) -> EncryptionKey:
    """Return the KMS key that encrypts a resource. If the resource names none, return the service's AWS managed key."""
    with request_scope(account_id, region):
        key_id = _KEY_IDS[service](resource_arn)
        key = kms._resolve_key(key_id) if key_id else None
    if key_id and key:
        return EncryptionKey(key["Arn"], key_id)
    return EncryptionKey(aws_managed_key_arn(account_id, region, service), f"alias/aws/{service}")


def _key_id_of_secret(arn: str) -> str | None:
    _, secret = secretsmanager._resolve(arn)
    return (secret or {}).get("KmsKeyId")


def _key_id_of_parameter(arn: str) -> str | None:
    _, parameter = ssm._lookup_parameter(arn)
    return (parameter or {}).get("KeyId")


_KEY_IDS: dict[str, Callable[[str], str | None]] = {
    "secretsmanager": _key_id_of_secret,
    "ssm": _key_id_of_parameter,
}


def aws_managed_key_arn(account_id: str, region: str, service: str) -> str:
    """Return the ARN of a service's AWS managed key. MiniStack has no such keys, so the id is derived, hence stable."""
    key_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{account_id}/{region}/alias/aws/{service}")
    return f"arn:aws:kms:{region}:{account_id}:key/{key_id}"


class CurrentAccount:
    """The facts that `quotas.check` needs about the account and region of the current request."""

    def __init__(self, calling: Caller) -> None:
        self._caller = calling

    def inline_policies(self, kind: str, name: str) -> dict[str, str]:
        if kind == "user":
            return dict(iam._user_inline_policies.get(name) or {})
        if kind == "group":
            return dict(iam._group_inline_policies.get(name) or {})
        return dict((iam._roles.get(name) or {}).get("InlinePolicies") or {})

    def attached_policies(self, kind: str, name: str) -> list[str]:
        store = iam._users if kind == "user" else iam._roles
        return list((store.get(name) or {}).get("AttachedPolicies") or [])

    def access_key_count(self, user: str) -> int:
        return sum(key["UserName"] == user for key in iam._access_keys.values())

    def policy_version_count(self, arn: str) -> int:
        return len((iam._policies.get(arn) or {}).get("Versions") or [])

    def role_path(self, name: str) -> str | None:
        role = iam._roles.get(name)
        return role["Path"] if role else None

    def target_ids(self, rule: str, bus: str) -> set[str]:
        return {target["Id"] for target in eventbridge._targets.get(eventbridge._rule_key(rule, bus)) or []}

    def metric_filter_names(self, log_group: str) -> set[str]:
        return {name for group, name in cloudwatch_logs._metric_filters if group == log_group}

    def caller_user_name(self) -> str:
        return self._caller.user_name or ""
