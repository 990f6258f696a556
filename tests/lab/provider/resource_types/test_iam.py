import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deadfall.lab.emulator import Credentials, Emulator
from deadfall.lab.engine.plugin import PluginError
from deadfall.lab.provider.values import SECRET, signature

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider, allow, trust

ROLE = "aws:iam/role:Role"
USER = "aws:iam/user:User"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def iam(emulator: Emulator) -> Any:
    return emulator.client("iam", REGION)


def test_a_role_lives(provider: Provider, iam: Any) -> None:
    role = provider.create(
        ROLE, {"name": "it", "assumeRolePolicy": trust("lambda.amazonaws.com"), "description": "one", "path": "/app/"}
    )
    assert role.outputs["arn"] == f"arn:aws:iam::{ACCOUNT_ID}:role/app/it"
    assert role.outputs["uniqueId"].startswith("AROA")
    assert "region" not in role.outputs
    assert provider.is_settled(role)
    role = provider.is_changed(
        role,
        {
            "assumeRolePolicy": trust("events.amazonaws.com"),
            "description": None,
            "maxSessionDuration": 7200,
            "permissionsBoundary": READ_ONLY,
            "tags": {"Env": "dev"},
        },
    )
    told = iam.get_role(RoleName="it")["Role"]
    assert told["AssumeRolePolicyDocument"] == json.loads(trust("events.amazonaws.com"))
    assert told.get("Description", "") == ""
    assert told["MaxSessionDuration"] == 7200
    assert told["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    assert {t["Key"]: t["Value"] for t in told["Tags"]} == {**TAGS, "Env": "dev"}
    role = provider.is_changed(role, {"permissionsBoundary": None})
    assert "PermissionsBoundary" not in iam.get_role(RoleName="it")["Role"]
    assert provider.is_replaced_by(role, {"name": "other", "path": "/"})
    assert provider.is_gone(role)


def test_a_role_with_policies_of_others_goes_only_by_force(provider: Provider, iam: Any) -> None:
    role = provider.create(ROLE, {"name": "it", "assumeRolePolicy": trust("lambda.amazonaws.com")})
    iam.put_role_policy(RoleName="it", PolicyName="quarantine", PolicyDocument=allow("s3:GetObject"))
    iam.attach_role_policy(RoleName="it", PolicyArn=READ_ONLY)
    with pytest.raises(PluginError, match=r"^deleting it: DeleteRole: DeleteConflict: "):
        provider.delete(role)
    role = provider.is_changed(role, {"forceDetachPolicies": True})
    assert provider.is_gone(role)


def test_a_user_lives(provider: Provider, iam: Any) -> None:
    user = provider.create(USER, {"name": "it", "tags": {"Env": "dev"}})
    assert user.outputs["arn"] == f"arn:aws:iam::{ACCOUNT_ID}:user/it"
    assert user.outputs["uniqueId"].startswith("AIDA")
    assert provider.is_settled(user)
    user = provider.is_changed(user, {"permissionsBoundary": READ_ONLY, "tags": None})
    told = iam.get_user(UserName="it")["User"]
    assert told["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    assert {t["Key"]: t["Value"] for t in told["Tags"]} == TAGS
    assert provider.is_replaced_by(user, {"name": "other", "path": "/other/"})
    assert provider.is_gone(user)


def test_a_contained_user_goes_only_by_force(provider: Provider, iam: Any) -> None:
    user = provider.create(USER, {"name": "it"})
    iam.put_user_policy(UserName="it", PolicyName="quarantine", PolicyDocument=allow("s3:GetObject"))
    iam.attach_user_policy(UserName="it", PolicyArn=READ_ONLY)
    iam.create_access_key(UserName="it")
    iam.create_login_profile(UserName="it", Password="Correct-horse-1")
    iam.create_group(GroupName="them")
    iam.add_user_to_group(GroupName="them", UserName="it")
    with pytest.raises(PluginError, match=r"^deleting it: DeleteUser: DeleteConflict: "):
        provider.delete(user)
    user = provider.is_changed(user, {"forceDestroy": True})
    assert provider.is_gone(user)
    iam.delete_group(GroupName="them")


@pytest.mark.parametrize("principal", ["role", "user"])
def test_an_inline_policy_lives(provider: Provider, iam: Any, principal: str) -> None:
    owner = (
        provider.create(ROLE, {"name": "owner", "assumeRolePolicy": trust("lambda.amazonaws.com")})
        if principal == "role"
        else provider.create(USER, {"name": "owner"})
    )
    kind = f"aws:iam/{principal}Policy:{principal.title()}Policy"
    policy = provider.create(kind, {principal: "owner", "name": "work", "policy": allow("s3:GetObject")})

    def told() -> Any:
        get = iam.get_role_policy if principal == "role" else iam.get_user_policy
        return get(**{f"{principal.title()}Name": "owner", "PolicyName": "work"})["PolicyDocument"]

    assert policy.id == "owner:work"
    assert told() == json.loads(allow("s3:GetObject"))
    assert provider.is_settled(policy)
    policy = provider.is_changed(policy, {"policy": allow("s3:PutObject")})
    assert told() == json.loads(allow("s3:PutObject"))
    assert provider.is_replaced_by(policy, {principal: "another", "name": "play"})
    assert provider.is_gone(policy)
    with pytest.raises(ClientError):
        told()
    provider.delete(owner)


def test_an_access_key_lives(provider: Provider, emulator: Emulator, iam: Any) -> None:
    user = provider.create(USER, {"name": "owner"})
    key = provider.create("aws:iam/accessKey:AccessKey", {"user": "owner"})
    assert signature(key.outputs["secret"]) == SECRET
    identity = emulator.client("sts", REGION, Credentials(key.id, key.plain["secret"])).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{ACCOUNT_ID}:user/owner"
    assert provider.is_settled(key)
    secret = key.outputs["secret"]
    key = provider.is_changed(key, {"status": "Inactive"})
    assert iam.list_access_keys(UserName="owner")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    assert key.outputs["secret"] == secret  # AWS never tells it again
    assert provider.is_replaced_by(key, {"user": "another"})
    assert provider.is_gone(key)
    provider.delete(user)


def test_a_key_can_be_made_inactive(provider: Provider, iam: Any) -> None:
    user = provider.create(USER, {"name": "owner"})
    key = provider.create("aws:iam/accessKey:AccessKey", {"user": "owner", "status": "Inactive"})
    assert iam.list_access_keys(UserName="owner")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    assert provider.is_gone(key)
    provider.delete(user)
