"""AWS KMS: keys and their aliases."""

from typing import Any, ClassVar

from ..aws import Aws, tag_list, tag_map
from ..handler import TAGS, Change, Handler, Values, present, without_none
from ..schema import Schema, boolean, document, name, number, string


class Key(Handler):
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
        described = present(lambda: kms.describe_key(KeyId=id))
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
        # A disabled key takes no other change: enable first, disable last.
        if change.of("isEnabled") and new.get("isEnabled", True):
            kms.enable_key(KeyId=id)
        if change.of("description"):
            kms.update_key_description(KeyId=id, Description=new.get("description", ""))
        if change.of("policy"):
            kms.put_key_policy(KeyId=id, PolicyName="default", Policy=new["policy"])
        if change.of("enableKeyRotation", "rotationPeriodInDays"):
            if new.get("enableKeyRotation"):
                kms.enable_key_rotation(KeyId=id, **without_none(RotationPeriodInDays=new.get("rotationPeriodInDays")))
            else:
                kms.disable_key_rotation(KeyId=id)
        if change.of("tagsAll"):
            added, removed = change.tags()
            if removed:
                kms.untag_resource(KeyId=id, TagKeys=removed)
            if added:
                kms.tag_resource(KeyId=id, Tags=tag_list(added, "TagKey", "TagValue"))
        if change.of("isEnabled") and not new.get("isEnabled", True):
            kms.disable_key(KeyId=id)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        if self.read(aws, id, state) is not None:
            aws.client("kms").schedule_key_deletion(
                KeyId=id, PendingWindowInDays=int(state.get("deletionWindowInDays", 30))
            )


class Alias(Handler):
    pulumi_type = "aws:kms/alias:Alias"
    properties: ClassVar[Schema] = {"name": name(256), "targetKeyId": string(required=True)}
    outputs = ("arn", "targetKeyArn")

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
