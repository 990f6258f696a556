"""AWS Secrets Manager: secrets and the versions of their values."""

from typing import Any, ClassVar

from ..aws import Aws, tag_list, tag_map
from ..grants import DeployPermissions, Grant, PlannedResource, Verb
from ..resource_type import TAGS, Change, ResourceType, Values, none_if_missing, without_none
from ..schema import Schema, boolean, document, name, number, string

CURRENT = "AWSCURRENT"


def _secret_arns(resource: PlannedResource) -> tuple[str, ...]:
    """Return the pattern of the secret's ARN: Secrets Manager appends a hyphen and six random characters."""
    return (resource.arn("secretsmanager", f"secret:{resource.name()}-??????"),)


def _new_secret_arns(resource: PlannedResource) -> tuple[str, ...]:
    """Return the ARN with and without the suffix: AWS does not document which one CreateSecret is checked against."""
    return (resource.arn("secretsmanager", f"secret:{resource.name()}"), *_secret_arns(resource))


class Secret(ResourceType):
    pulumi_type = "aws:secretsmanager/secret:Secret"
    properties: ClassVar[Schema] = {
        "name": name(512),
        "description": string(),
        "kmsKeyId": string(),
        "policy": document(),
        "recoveryWindowInDays": number(),
        "forceOverwriteReplicaSecret": boolean(),
        "tags": TAGS,
    }
    outputs = ("arn",)
    set_after_creation = frozenset({"policy"})
    deploy_permissions = DeployPermissions(
        source="internal/service/secretsmanager/secret.go",
        on=_secret_arns,
        grants=(
            Grant(Verb.CREATE, "secretsmanager:CreateSecret", on=_new_secret_arns),
            Grant(Verb.READ, "secretsmanager:DescribeSecret secretsmanager:GetResourcePolicy"),
            Grant(Verb.UPDATE, "secretsmanager:UpdateSecret"),
            Grant(Verb.DELETE, "secretsmanager:DeleteSecret"),
            Grant(Verb.TAG, "secretsmanager:TagResource", on=_new_secret_arns),
            Grant(Verb.TAG, "secretsmanager:UntagResource"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        arn = aws.client("secretsmanager").create_secret(
            Name=inputs["name"],
            Tags=tag_list(inputs["tagsAll"]),
            **without_none(
                Description=inputs.get("description"),
                KmsKeyId=inputs.get("kmsKeyId"),
                ForceOverwriteReplicaSecret=inputs.get("forceOverwriteReplicaSecret"),
            ),
        )["ARN"]
        return arn, {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        manager = aws.client("secretsmanager")
        secret = none_if_missing(lambda: manager.describe_secret(SecretId=id))
        if secret is None or "DeletedDate" in secret:
            return None
        policy = manager.get_resource_policy(SecretId=id).get("ResourcePolicy")
        return {
            "name": secret["Name"],
            "arn": secret["ARN"],
            **without_none(
                description=secret.get("Description") or None, kmsKeyId=secret.get("KmsKeyId"), policy=policy
            ),
            "tagsAll": tag_map(secret.get("Tags", [])),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        manager, new = aws.client("secretsmanager"), change.new
        if change.any_of("description", "kmsKeyId"):
            manager.update_secret(
                SecretId=id,
                Description=new.get("description", ""),
                KmsKeyId=new.get("kmsKeyId") or "alias/aws/secretsmanager",
            )
        if change.any_of("policy"):
            if policy := new.get("policy"):
                manager.put_resource_policy(SecretId=id, ResourcePolicy=policy)
            else:
                manager.delete_resource_policy(SecretId=id)
        if change.any_of("tagsAll"):
            added, removed = change.tags()
            if removed:
                manager.untag_resource(SecretId=id, TagKeys=removed)
            if added:
                manager.tag_resource(SecretId=id, Tags=tag_list(added))

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        days = int(state.get("recoveryWindowInDays", 30))
        if self.read(aws, id, state) is not None:
            aws.client("secretsmanager").delete_secret(
                SecretId=id,
                **({"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}),
            )


class SecretVersion(ResourceType):
    """A value of a secret; its id is `secret's ARN|version id`. A changed value is a new version.

    As in the real provider, every deployment and refresh reads the value by GetSecretValue.
    """

    pulumi_type = "aws:secretsmanager/secretVersion:SecretVersion"
    properties: ClassVar[Schema] = {
        "secretId": string(required=True, replaces=True),
        "secretString": string(required=True, replaces=True),
    }
    outputs = ("arn", "versionId", "versionStages")
    secret_outputs = ("secretString",)
    deploy_permissions = DeployPermissions(
        source="internal/service/secretsmanager/secret_version.go",
        on=lambda resource: _secret_arns(resource.referred("secretId", Secret.pulumi_type)),
        grants=(
            Grant(Verb.CREATE, "secretsmanager:PutSecretValue"),
            # The provider reads the value at every refresh.
            Grant(Verb.READ, "secretsmanager:GetSecretValue"),
            # Deleting an earlier version removes its stage.
            Grant(Verb.DELETE, "secretsmanager:UpdateSecretVersionStage"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        version = aws.client("secretsmanager").put_secret_value(
            SecretId=inputs["secretId"], SecretString=inputs["secretString"]
        )
        return f"{version['ARN']}|{version['VersionId']}", {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        secret, _, version = id.partition("|")
        found = none_if_missing(
            lambda: aws.client("secretsmanager").get_secret_value(SecretId=secret, VersionId=version)
        )
        if found is None:
            return None
        return {
            "arn": found["ARN"],
            "versionId": found["VersionId"],
            "versionStages": found.get("VersionStages", []),
            "secretString": found["SecretString"],
        }

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        secret, _, version = id.partition("|")
        manager = aws.client("secretsmanager")
        stages = manager.describe_secret(SecretId=secret).get("VersionIdsToStages", {}).get(version, [])
        for stage in stages:
            if stage != CURRENT:  # this label can only move to another version
                manager.update_secret_version_stage(SecretId=secret, VersionStage=stage, RemoveFromVersionId=version)
