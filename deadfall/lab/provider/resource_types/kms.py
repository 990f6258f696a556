"""AWS KMS: keys and their aliases."""

from typing import Any, ClassVar

from ..aws import Aws, tag_list, tag_map
from ..grants import DeployPermissions, Grant, PlannedResource, Verb, anything
from ..resource_type import TAGS, Change, ResourceType, Values, none_if_missing, without_none
from ..schema import Schema, boolean, document, name, number, string


def any_key_arns(resource: PlannedResource) -> tuple[str, ...]:
    """Return the pattern of all keys: AWS chooses a key's id, and a key exists before and after its alias."""
    return (resource.arn("kms", "key/*"),)


def _alias_and_key_arns(resource: PlannedResource) -> tuple[str, ...]:
    """Return the ARNs on which changing an alias needs permission (KMS developer guide, "Controlling access to
    aliases")."""
    return (resource.arn("kms", resource.name()), *any_key_arns(resource))


class Key(ResourceType):
    pulumi_type = "aws:kms/key:Key"
    properties: ClassVar[Schema] = {
        "description": string(),
        "policy": document(),
        "enableKeyRotation": boolean(),
        "rotationPeriodInDays": number(),
        "isEnabled": boolean(),
        "multiRegion": boolean(replaces=True),
        "deletionWindowInDays": number(),
        "tags": TAGS,
    }
    outputs = ("arn", "keyId", "policy", "rotationPeriodInDays")
    set_after_creation = frozenset({"enableKeyRotation", "rotationPeriodInDays", "isEnabled"})
    deploy_permissions = DeployPermissions(
        source="internal/service/kms/key.go",
        on=any_key_arns,
        grants=(
            Grant(Verb.CREATE, "kms:CreateKey", on=anything),
            Grant(Verb.READ, "kms:DescribeKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListResourceTags"),
            Grant(
                Verb.UPDATE,
                "kms:EnableKeyRotation",
                when=lambda resource: bool(resource.get("enableKeyRotation")),
            ),
            Grant(Verb.UPDATE, "kms:PutKeyPolicy kms:UpdateKeyDescription"),
            Grant(Verb.DELETE, "kms:ScheduleKeyDeletion"),
            Grant(Verb.TAG, "kms:TagResource kms:UntagResource"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        key = aws.client("kms").create_key(
            **without_none(
                Description=inputs.get("description"),
                Policy=inputs.get("policy"),
                MultiRegion=inputs.get("multiRegion"),
            ),
            Tags=tag_list(inputs["tagsAll"], "TagKey", "TagValue"),
        )["KeyMetadata"]
        return key["KeyId"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        kms = aws.client("kms")
        described = none_if_missing(lambda: kms.describe_key(KeyId=id))
        if described is None or described["KeyMetadata"]["KeyState"] == "PendingDeletion":
            return None
        key = described["KeyMetadata"]
        rotation = kms.get_key_rotation_status(KeyId=id)
        return {
            "arn": key["Arn"],
            "keyId": key["KeyId"],
            "description": key["Description"],
            "isEnabled": key["Enabled"],
            "multiRegion": key["MultiRegion"],
            "policy": kms.get_key_policy(KeyId=id, PolicyName="default")["Policy"],
            "enableKeyRotation": rotation["KeyRotationEnabled"],
            **without_none(rotationPeriodInDays=rotation.get("RotationPeriodInDays")),
            "tagsAll": tag_map(kms.list_resource_tags(KeyId=id)["Tags"], "TagKey", "TagValue"),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        kms, new = aws.client("kms"), change.new
        # A disabled key accepts no other change: enable first, disable last.
        if change.any_of("isEnabled") and new.get("isEnabled", True):
            kms.enable_key(KeyId=id)
        if change.any_of("description"):
            kms.update_key_description(KeyId=id, Description=new.get("description", ""))
        if change.any_of("policy"):
            kms.put_key_policy(KeyId=id, PolicyName="default", Policy=new["policy"])
        if change.any_of("enableKeyRotation", "rotationPeriodInDays"):
            if new.get("enableKeyRotation"):
                kms.enable_key_rotation(KeyId=id, **without_none(RotationPeriodInDays=new.get("rotationPeriodInDays")))
            else:
                kms.disable_key_rotation(KeyId=id)
        if change.any_of("tagsAll"):
            added, removed = change.tags()
            if removed:
                kms.untag_resource(KeyId=id, TagKeys=removed)
            if added:
                kms.tag_resource(KeyId=id, Tags=tag_list(added, "TagKey", "TagValue"))
        if change.any_of("isEnabled") and not new.get("isEnabled", True):
            kms.disable_key(KeyId=id)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        if self.read(aws, id, state) is not None:
            aws.client("kms").schedule_key_deletion(
                KeyId=id, PendingWindowInDays=int(state.get("deletionWindowInDays", 30))
            )


class Alias(ResourceType):
    pulumi_type = "aws:kms/alias:Alias"
    properties: ClassVar[Schema] = {"name": name(256), "targetKeyId": string(required=True)}
    outputs = ("arn", "targetKeyArn")
    deploy_permissions = DeployPermissions(
        source="internal/service/kms/alias.go",
        on=_alias_and_key_arns,
        grants=(
            Grant(Verb.CREATE, "kms:CreateAlias"),
            Grant(Verb.READ, "kms:ListAliases", on=anything),
            Grant(Verb.UPDATE, "kms:UpdateAlias"),
            Grant(Verb.DELETE, "kms:DeleteAlias"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        aws.client("kms").create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
        return inputs["name"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        pages = aws.client("kms").get_paginator("list_aliases").paginate()
        alias = next((a for page in pages for a in page["Aliases"] if a["AliasName"] == id), None)
        if alias is None:
            return None
        key = alias["TargetKeyId"]
        same = str(state.get("targetKeyId", "")).rpartition("/")[2] == key  # given as an ARN or as an id
        return {
            "name": alias["AliasName"],
            "arn": alias["AliasArn"],
            "targetKeyArn": aws.arn("kms", f"key/{key}"),
            "targetKeyId": state["targetKeyId"] if same else key,
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        aws.client("kms").update_alias(AliasName=id, TargetKeyId=change.new["targetKeyId"])

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("kms").delete_alias(AliasName=id)
