"""What the actions will change, as it was before they changed it: so that a release is exact."""

from collections.abc import Mapping
from typing import Any

from . import moment
from .aws import code
from .principal import Principal
from .quarantine import Found
from .scope import IAM_USERS, Permission

PERMISSIONS = (Permission("ReadPriorState", ("iam:ListAccessKeys", "iam:GetLoginProfile"), IAM_USERS),)


def read(iam: Any, principal: Principal, found: Found) -> dict[str, Any]:
    """Only what the actions of this principal's plan change. Raises botocore's errors.

    {"replaced_policy": text or null} and for users {"access_keys": [{"id", "status", "created"}],
    "login_profile": {"created", "password_reset_required"} or null}.
    """
    state: dict[str, Any] = {"replaced_policy": found.text if found.foreign else None}
    if principal.kind == "user":
        state["access_keys"] = _access_keys(iam, principal.name or "")
        state["login_profile"] = _login_profile(iam, principal.name or "")
    return state


def with_later(kept: dict[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept first stays, because a containment may have changed it since. Keys and a password that somebody
    made since then are added: what comes next deactivates and deletes them."""
    if "access_keys" not in kept:
        return kept
    known = {key["id"] for key in kept["access_keys"]}
    return {
        **kept,
        "access_keys": kept["access_keys"] + [key for key in later["access_keys"] if key["id"] not in known],
        "login_profile": kept["login_profile"] or later["login_profile"],
    }


def _access_keys(iam: Any, user_name: str) -> list[dict[str, str]]:
    pages = iam.get_paginator("list_access_keys").paginate(UserName=user_name)
    return [
        {"id": key["AccessKeyId"], "status": key["Status"], "created": moment.iso(key["CreateDate"])}
        for page in pages
        for key in page["AccessKeyMetadata"]
    ]


def _login_profile(iam: Any, user_name: str) -> dict[str, Any] | None:
    try:
        profile = iam.get_login_profile(UserName=user_name)["LoginProfile"]
    except iam.exceptions.ClientError as error:
        if code(error) != "NoSuchEntity":
            raise
        return None
    return {
        "created": moment.iso(profile["CreateDate"]),
        "password_reset_required": profile.get("PasswordResetRequired", False),
    }
