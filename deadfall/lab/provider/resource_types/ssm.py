"""AWS Systems Manager: the parameters of Parameter Store."""

from typing import Any, ClassVar

from botocore.exceptions import ClientError

from ..aws import Aws, tag_list, tag_map
from ..grants import DeployPermissions, Grant, PlannedResource, Verb, anything
from ..resource_type import TAGS, Change, ResourceType, Values, code, without_none
from ..schema import Schema, boolean, name, string

_TYPE = "Parameter"  # of a taggable resource, to Systems Manager


def _parameter_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("ssm", f"parameter/{resource.name().lstrip('/')}"),)


class Parameter(ResourceType):
    """A parameter; its id is its name.

    Reading it reads the value with decryption, as the real provider does: each refresh is a GetParameter.
    """

    pulumi_type = "aws:ssm/parameter:Parameter"
    properties: ClassVar[Schema] = {
        "name": name(2048),
        "type": string(required=True),
        "value": string(),
        "description": string(),
        "keyId": string(),
        "overwrite": boolean(),
        "tags": TAGS,
    }
    outputs = ("arn", "version")
    secret_outputs = ("value",)
    deploy_permissions = DeployPermissions(
        source="internal/service/ssm/parameter.go",
        on=_parameter_arns,
        grants=(
            Grant(Verb.CREATE, "ssm:PutParameter"),
            # The provider reads the value itself, at every refresh.
            Grant(Verb.READ, "ssm:GetParameter ssm:ListTagsForResource"),
            Grant(Verb.READ, "ssm:DescribeParameters", on=anything),
            Grant(Verb.DELETE, "ssm:DeleteParameter"),
            Grant(Verb.TAG, "ssm:AddTagsToResource ssm:RemoveTagsFromResource"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        aws.client("ssm").put_parameter(
            **_put(inputs), Overwrite=False, **without_none(Tags=tag_list(inputs["tagsAll"]) or None)
        )
        return inputs["name"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        manager = aws.client("ssm")
        try:
            parameter = manager.get_parameter(Name=id, WithDecryption=True)["Parameter"]
        except ClientError as error:
            if code(error) == "ParameterNotFound":
                return None
            raise
        by_name = {"Key": "Name", "Option": "Equals", "Values": [id]}
        (described,) = manager.describe_parameters(ParameterFilters=[by_name])["Parameters"]
        tags = manager.list_tags_for_resource(ResourceType=_TYPE, ResourceId=id)["TagList"]
        return {
            "name": parameter["Name"],
            "arn": parameter["ARN"],
            "type": parameter["Type"],
            "value": parameter["Value"],
            "version": parameter["Version"],
            **without_none(description=described.get("Description") or None, keyId=described.get("KeyId")),
            "tagsAll": tag_map(tags),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        manager = aws.client("ssm")
        if change.any_of("type", "value", "description", "keyId"):
            manager.put_parameter(**_put(change.new), Overwrite=True)
        if change.any_of("tagsAll"):
            added, removed = change.tags()
            if removed:
                manager.remove_tags_from_resource(ResourceType=_TYPE, ResourceId=id, TagKeys=removed)
            if added:
                manager.add_tags_to_resource(ResourceType=_TYPE, ResourceId=id, Tags=tag_list(added))

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        if self.read(aws, id, state) is not None:
            aws.client("ssm").delete_parameter(Name=id)


def _put(values: Values) -> dict[str, Any]:
    return {
        "Name": values["name"],
        "Type": values["type"],
        "Value": values["value"],
        **without_none(Description=values.get("description"), KeyId=values.get("keyId")),
    }
