"""Amazon Athena: workgroups and saved queries."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from botocore.exceptions import ClientError

from ..aws import Aws, tag_list, tag_map
from ..grants import DeployPermissions, Grant, PlannedResource, Verb
from ..resource_type import TAGS, Change, ResourceType, Values, without_none
from ..schema import Schema, block, boolean, name, string

T = TypeVar("T")

_DEFAULTS: Values = {"enforceWorkgroupConfiguration": True, "publishCloudwatchMetricsEnabled": True}


def _workgroup_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("athena", f"workgroup/{resource.name()}"),)


def _workgroup_of_query_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("athena", f"workgroup/{resource.name('workgroup')}"),)


class Workgroup(ResourceType):
    pulumi_type = "aws:athena/workgroup:Workgroup"
    properties: ClassVar[Schema] = {
        "name": name(128),
        "configuration": block(
            {
                "enforceWorkgroupConfiguration": boolean(),
                "publishCloudwatchMetricsEnabled": boolean(),
                "managedQueryResultsConfiguration": block(
                    {"enabled": boolean(), "encryptionConfiguration": block({"kmsKey": string()})}
                ),
                "resultConfiguration": block(
                    {
                        "outputLocation": string(),
                        "encryptionConfiguration": block({"encryptionOption": string(), "kmsKeyArn": string()}),
                    }
                ),
            }
        ),
        "forceDestroy": boolean(),
        "tags": TAGS,
    }
    outputs = ("arn",)
    deploy_permissions = DeployPermissions(
        source="internal/service/athena/workgroup.go",
        on=_workgroup_arns,
        grants=(
            Grant(Verb.CREATE, "athena:CreateWorkGroup"),
            Grant(Verb.READ, "athena:GetWorkGroup athena:ListTagsForResource"),
            Grant(Verb.UPDATE, "athena:UpdateWorkGroup"),
            Grant(Verb.DELETE, "athena:DeleteWorkGroup"),
            Grant(Verb.TAG, "athena:TagResource athena:UntagResource"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        aws.client("athena").create_work_group(
            Name=inputs["name"],
            Configuration=_configuration(inputs),
            **without_none(Tags=tag_list(inputs["tagsAll"]) or None),
        )
        return inputs["name"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        athena = aws.client("athena")
        found = _none_if_missing(lambda: athena.get_work_group(WorkGroup=id))
        if found is None:
            return None
        arn = aws.arn("athena", f"workgroup/{id}")
        configuration = _observed(found["WorkGroup"].get("Configuration", {}))
        known = state.get("configuration") or {}
        # Defaults that AWS added are not drift.
        response = {key: value for key, value in configuration.items() if key in known or _DEFAULTS.get(key) != value}
        return {
            "name": id,
            "arn": arn,
            "configuration": response or None,
            "tagsAll": tag_map(athena.list_tags_for_resource(ResourceARN=arn)["Tags"]),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        athena = aws.client("athena")
        if change.any_of("configuration"):
            settings = _configuration(change.new)
            results = settings.pop("ResultConfiguration", {})
            managed = settings.pop("ManagedQueryResultsConfiguration", {"Enabled": False})
            athena.update_work_group(
                WorkGroup=id,
                ConfigurationUpdates={
                    **settings,
                    "ResultConfigurationUpdates": _cleared(results, "OutputLocation", "EncryptionConfiguration"),
                    "ManagedQueryResultsConfigurationUpdates": _cleared(managed, "EncryptionConfiguration"),
                },
            )
        if change.any_of("tagsAll"):
            arn = aws.arn("athena", f"workgroup/{id}")
            added, removed = change.tags()
            if removed:
                athena.untag_resource(ResourceARN=arn, TagKeys=removed)
            if added:
                athena.tag_resource(ResourceARN=arn, Tags=tag_list(added))

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("athena").delete_work_group(
            WorkGroup=id, RecursiveDeleteOption=bool(state.get("forceDestroy", False))
        )


def _cleared(settings: dict[str, Any], *optional: str) -> dict[str, Any]:
    """Return the settings for an update that removes the optional ones that are not set."""
    return {**settings, **{f"Remove{key}": True for key in optional if key not in settings}}


def _configuration(inputs: Values) -> dict[str, Any]:
    configuration = {**_DEFAULTS, **(inputs.get("configuration") or {})}
    results = configuration.get("resultConfiguration") or {}
    encryption = results.get("encryptionConfiguration") or {}
    managed = configuration.get("managedQueryResultsConfiguration")
    return {
        "EnforceWorkGroupConfiguration": configuration["enforceWorkgroupConfiguration"],
        "PublishCloudWatchMetricsEnabled": configuration["publishCloudwatchMetricsEnabled"],
        **without_none(
            ManagedQueryResultsConfiguration=_managed(managed) if managed else None,
            ResultConfiguration=without_none(
                OutputLocation=results.get("outputLocation"),
                EncryptionConfiguration=without_none(
                    EncryptionOption=encryption.get("encryptionOption"), KmsKey=encryption.get("kmsKeyArn")
                )
                or None,
            )
            or None,
        ),
    }


def _managed(inputs: Values) -> dict[str, Any]:
    key = (inputs.get("encryptionConfiguration") or {}).get("kmsKey")
    return {
        "Enabled": inputs.get("enabled", False),
        **without_none(EncryptionConfiguration={"KmsKey": key} if key else None),
    }


def _observed(response: Values) -> dict[str, Any]:
    results = response.get("ResultConfiguration") or {}
    encryption = results.get("EncryptionConfiguration") or {}
    encrypted = without_none(encryptionOption=encryption.get("EncryptionOption"), kmsKeyArn=encryption.get("KmsKey"))
    kept = without_none(outputLocation=results.get("OutputLocation"), encryptionConfiguration=encrypted or None)
    managed = response.get("ManagedQueryResultsConfiguration") or {}
    key = (managed.get("EncryptionConfiguration") or {}).get("KmsKey")
    in_athena = {"enabled": True, **without_none(encryptionConfiguration={"kmsKey": key} if key else None)}
    return without_none(
        managedQueryResultsConfiguration=in_athena if managed.get("Enabled") else None,
        enforceWorkgroupConfiguration=response.get("EnforceWorkGroupConfiguration"),
        publishCloudwatchMetricsEnabled=response.get("PublishCloudWatchMetricsEnabled"),
        resultConfiguration=kept or None,
    )


class NamedQuery(ResourceType):
    """A saved query. The real provider replaces it on any change, although Athena could update it."""

    pulumi_type = "aws:athena/namedQuery:NamedQuery"
    properties: ClassVar[Schema] = {
        "name": name(128),
        "database": string(required=True, replaces=True),
        "query": string(required=True, replaces=True),
        "workgroup": string(replaces=True),
        "description": string(replaces=True),
    }
    deploy_permissions = DeployPermissions(
        source="internal/service/athena/named_query.go",
        on=_workgroup_of_query_arns,
        grants=(
            Grant(Verb.CREATE, "athena:CreateNamedQuery"),
            Grant(Verb.READ, "athena:GetNamedQuery"),
            Grant(Verb.DELETE, "athena:DeleteNamedQuery"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        made = aws.client("athena").create_named_query(
            Name=inputs["name"],
            Database=inputs["database"],
            QueryString=inputs["query"],
            **without_none(WorkGroup=inputs.get("workgroup"), Description=inputs.get("description")),
        )
        return made["NamedQueryId"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = _none_if_missing(lambda: aws.client("athena").get_named_query(NamedQueryId=id))
        if found is None:
            return None
        query = found["NamedQuery"]
        return {
            "name": query["Name"],
            "database": query["Database"],
            "query": query["QueryString"],
            "workgroup": query.get("WorkGroup", "primary"),
            "description": query.get("Description") or None,
        }

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("athena").delete_named_query(NamedQueryId=id)


def _none_if_missing(call: Callable[[], T]) -> T | None:
    """Return what the call returns, or None when the resource does not exist.

    Athena has no specific error code for that, only a message (terraform-provider-aws parses it, too).
    """
    try:
        return call()
    except ClientError as error:
        message = error.response.get("Error", {}).get("Message", "")
        if "not found" in message or "does not exist" in message:
            return None
        raise
