"""IAM: roles, users, their inline policies, access keys. IAM is global: none of these has a region."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from ..aws import Aws, tag_list, tag_map
from ..grants import DeployPermissions, Grant, PlannedResource, Verb
from ..resource_type import TAGS, Change, ResourceType, Values, is_gone, none_if_missing, without_none
from ..schema import Schema, boolean, document, name, number, string
from ..values import is_unknown


def _role_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (_principal_arn(resource, "role"),)


def _user_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (_principal_arn(resource, "user"),)


def _owning_user_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.iam_arn(f"user/{resource.name('user')}"),)


def _principal_arn(resource: PlannedResource, kind: str) -> str:
    return resource.iam_arn(f"{kind}{resource.get('path') or '/'}{resource.name()}")


def role_from_input(key: str) -> Callable[[PlannedResource], tuple[str, ...]]:
    """Return a function that derives the ARN of the role that an input names, if the input is set.

    The input is an ARN composed from config, or the output of a role of the stack.
    """

    def role_arns(resource: PlannedResource) -> tuple[str, ...]:
        value = resource.get(key)
        if value is None:
            return ()
        return _role_arns(resource.referred(key, Role.pulumi_type)) if is_unknown(value) else (value,)

    return role_arns


class Role(ResourceType):
    pulumi_type = "aws:iam/role:Role"
    regional = False
    properties: ClassVar[Schema] = {
        "name": name(64),
        "path": string(replaces=True),
        "assumeRolePolicy": document(required=True),
        "description": string(),
        "maxSessionDuration": number(),
        "permissionsBoundary": string(),
        "forceDetachPolicies": boolean(),
        "tags": TAGS,
    }
    outputs = ("arn", "createDate", "uniqueId")
    deploy_permissions = DeployPermissions(
        source="internal/service/iam/role.go",
        on=_role_arns,
        grants=(
            Grant(Verb.CREATE, "iam:CreateRole"),
            # The provider lists a role's policies, and reads its inline ones.
            Grant(Verb.READ, "iam:GetRole iam:GetRolePolicy iam:ListAttachedRolePolicies iam:ListRolePolicies"),
            Grant(Verb.UPDATE, "iam:UpdateAssumeRolePolicy iam:UpdateRole iam:UpdateRoleDescription"),
            # A role in an instance profile can't be deleted, so the provider lists its instance profiles.
            Grant(Verb.DELETE, "iam:DeleteRole iam:ListInstanceProfilesForRole"),
            Grant(Verb.TAG, "iam:TagRole iam:UntagRole"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        aws.client("iam").create_role(
            RoleName=inputs["name"],
            AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
            Path=inputs.get("path", "/"),
            Tags=tag_list(inputs["tagsAll"]),
            **without_none(
                Description=inputs.get("description"),
                MaxSessionDuration=inputs.get("maxSessionDuration"),
                PermissionsBoundary=inputs.get("permissionsBoundary"),
            ),
        )
        return inputs["name"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("iam").get_role(RoleName=id))
        if found is None:
            return None
        role = found["Role"]
        return {
            "name": role["RoleName"],
            "path": role["Path"],
            "arn": role["Arn"],
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].isoformat(),
            "assumeRolePolicy": _text(role["AssumeRolePolicyDocument"]),
            "maxSessionDuration": role.get("MaxSessionDuration", 3600),
            **without_none(
                description=role.get("Description"),
                permissionsBoundary=role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            ),
            "tagsAll": tag_map(role.get("Tags", [])),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        iam, new = aws.client("iam"), change.new
        if change.any_of("assumeRolePolicy"):
            iam.update_assume_role_policy(RoleName=id, PolicyDocument=new["assumeRolePolicy"])
        if change.any_of("description"):
            # UpdateRole would do on AWS, but MiniStack's does not clear a description.
            iam.update_role_description(RoleName=id, Description=new.get("description", ""))
        if change.any_of("maxSessionDuration"):
            iam.update_role(RoleName=id, MaxSessionDuration=int(new.get("maxSessionDuration", 3600)))
        if change.any_of("permissionsBoundary"):
            if boundary := new.get("permissionsBoundary"):
                iam.put_role_permissions_boundary(RoleName=id, PermissionsBoundary=boundary)
            else:
                iam.delete_role_permissions_boundary(RoleName=id)
        if change.any_of("tagsAll"):
            added, removed = change.tags()
            if removed:
                iam.untag_role(RoleName=id, TagKeys=removed)
            if added:
                iam.tag_role(RoleName=id, Tags=tag_list(added))

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        iam = aws.client("iam")
        if state.get("forceDetachPolicies"):
            for policy in iam.list_attached_role_policies(RoleName=id)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=id, PolicyArn=policy["PolicyArn"])
            for policy in iam.list_role_policies(RoleName=id)["PolicyNames"]:
                iam.delete_role_policy(RoleName=id, PolicyName=policy)
        iam.delete_role(RoleName=id)


class User(ResourceType):
    pulumi_type = "aws:iam/user:User"
    regional = False
    properties: ClassVar[Schema] = {
        # AWS can rename a user in place, MiniStack cannot (it has no UpdateUser): here another name or path replaces.
        "name": name(64),
        "path": string(replaces=True),
        "permissionsBoundary": string(),
        "forceDestroy": boolean(),
        "tags": TAGS,
    }
    outputs = ("arn", "uniqueId")
    deploy_permissions = DeployPermissions(
        source="internal/service/iam/user.go",
        on=_user_arns,
        grants=(
            Grant(Verb.CREATE, "iam:CreateUser"),
            Grant(Verb.READ, "iam:GetUser"),
            Grant(Verb.UPDATE, "iam:UpdateUser"),
            # A member of a group can't be deleted, so the provider lists the user's groups.
            Grant(Verb.DELETE, "iam:DeleteUser iam:ListGroupsForUser"),
            Grant(Verb.TAG, "iam:TagUser iam:UntagUser"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        aws.client("iam").create_user(
            UserName=inputs["name"],
            Path=inputs.get("path", "/"),
            Tags=tag_list(inputs["tagsAll"]),
            **without_none(PermissionsBoundary=inputs.get("permissionsBoundary")),
        )
        return inputs["name"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("iam").get_user(UserName=id))
        if found is None:
            return None
        user = found["User"]
        return {
            "name": user["UserName"],
            "path": user["Path"],
            "arn": user["Arn"],
            "uniqueId": user["UserId"],
            **without_none(permissionsBoundary=user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")),
            "tagsAll": tag_map(user.get("Tags", [])),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        iam = aws.client("iam")
        if change.any_of("permissionsBoundary"):
            if boundary := change.new.get("permissionsBoundary"):
                iam.put_user_permissions_boundary(UserName=id, PermissionsBoundary=boundary)
            else:
                iam.delete_user_permissions_boundary(UserName=id)
        if change.any_of("tagsAll"):
            added, removed = change.tags()
            if removed:
                iam.untag_user(UserName=id, TagKeys=removed)
            if added:
                iam.tag_user(UserName=id, Tags=tag_list(added))

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        iam = aws.client("iam")
        if state.get("forceDestroy"):
            _strip_user(iam, id)
        iam.delete_user(UserName=id)


def _strip_user(iam: Any, user: str) -> None:
    """Detach whatever blocks deletion of the user, including policies added by others (such as a quarantine)."""
    for group in iam.list_groups_for_user(UserName=user)["Groups"]:
        iam.remove_user_from_group(UserName=user, GroupName=group["GroupName"])
    for policy in iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=user, PolicyArn=policy["PolicyArn"])
    for policy in iam.list_user_policies(UserName=user)["PolicyNames"]:
        iam.delete_user_policy(UserName=user, PolicyName=policy)
    for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    for device in iam.list_mfa_devices(UserName=user)["MFADevices"]:
        iam.deactivate_mfa_device(UserName=user, SerialNumber=device["SerialNumber"])
    try:
        iam.delete_login_profile(UserName=user)
    except ClientError as error:
        if not is_gone(error):
            raise


class InlinePolicy(ResourceType):
    """A policy that lives in a principal; its id is `principal:policy`."""

    regional = False
    principal: ClassVar[str]
    """The kind of principal: the name of the property, and of the IAM calls."""

    @property
    def schema(self) -> Schema:
        return {
            self.principal: string(required=True, replaces=True),
            "name": name(128),
            "policy": document(required=True),
        }

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        self._put(aws, inputs)
        return f"{inputs[self.principal]}:{inputs['name']}", {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        owner, _, policy = id.partition(":")
        found = none_if_missing(lambda: self._call(aws, "get")(**self._key(owner, policy)))
        if found is None:
            return None
        return {self.principal: owner, "name": policy, "policy": _text(found["PolicyDocument"])}

    def update(self, aws: Aws, id: str, change: Change) -> None:
        self._put(aws, change.new)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        owner, _, policy = id.partition(":")
        self._call(aws, "delete")(**self._key(owner, policy))

    def _put(self, aws: Aws, inputs: Values) -> None:
        self._call(aws, "put")(**self._key(inputs[self.principal], inputs["name"]), PolicyDocument=inputs["policy"])

    def _call(self, aws: Aws, verb: str) -> Callable[..., Any]:
        return getattr(aws.client("iam"), f"{verb}_{self.principal}_policy")

    def _key(self, owner: str, policy: str) -> dict[str, str]:
        return {f"{self.principal.title()}Name": owner, "PolicyName": policy}


class RolePolicy(InlinePolicy):
    pulumi_type = "aws:iam/rolePolicy:RolePolicy"
    principal = "role"
    deploy_permissions = DeployPermissions(
        source="internal/service/iam/role_policy.go",
        on=lambda resource: _role_arns(resource.referred("role", Role.pulumi_type)),
        grants=(
            Grant(Verb.CREATE, "iam:PutRolePolicy"),  # for updating, too
            Grant(Verb.READ, "iam:GetRolePolicy"),
            Grant(Verb.DELETE, "iam:DeleteRolePolicy"),
        ),
    )


class UserPolicy(InlinePolicy):
    pulumi_type = "aws:iam/userPolicy:UserPolicy"
    principal = "user"
    deploy_permissions = DeployPermissions(
        source="internal/service/iam/user_policy.go",
        on=_owning_user_arns,
        grants=(
            Grant(Verb.CREATE, "iam:PutUserPolicy"),  # for updating, too
            Grant(Verb.READ, "iam:GetUserPolicy"),
            Grant(Verb.DELETE, "iam:DeleteUserPolicy"),
        ),
    )


class AccessKey(ResourceType):
    pulumi_type = "aws:iam/accessKey:AccessKey"
    regional = False
    properties: ClassVar[Schema] = {"user": string(required=True, replaces=True), "status": string()}
    outputs = ("secret", "createDate", "status")
    secret_outputs = ("secret",)
    set_after_creation = frozenset({"status"})
    deploy_permissions = DeployPermissions(
        source="internal/service/iam/access_key.go",
        on=_owning_user_arns,
        grants=(
            Grant(Verb.CREATE, "iam:CreateAccessKey"),
            Grant(Verb.READ, "iam:ListAccessKeys"),
            # An update makes a key active again that others made inactive.
            Grant(Verb.UPDATE, "iam:UpdateAccessKey"),
            Grant(Verb.DELETE, "iam:DeleteAccessKey"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        key = aws.client("iam").create_access_key(UserName=inputs["user"])["AccessKey"]
        return key["AccessKeyId"], {"secret": key["SecretAccessKey"]}  # only this response has it

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("iam").list_access_keys(UserName=state["user"]))
        keys = (found or {}).get("AccessKeyMetadata", [])
        key = next((k for k in keys if k["AccessKeyId"] == id), None)
        if key is None:
            return None
        return {"user": state["user"], "status": key["Status"], "createDate": key["CreateDate"].isoformat()}

    def update(self, aws: Aws, id: str, change: Change) -> None:
        status = change.new.get("status", "Active")
        aws.client("iam").update_access_key(UserName=change.new["user"], AccessKeyId=id, Status=status)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("iam").delete_access_key(UserName=state["user"], AccessKeyId=id)


def _text(document: Any) -> str:
    """botocore decodes the URL-encoded policies that IAM returns into objects."""
    return document if isinstance(document, str) else json.dumps(document)
