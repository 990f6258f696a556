"""AWS CloudTrail: trails."""

from typing import Any, ClassVar

from ..aws import Aws, tag_list, tag_map
from ..grants import DeployPermissions, Grant, PlannedResource, Verb, anything
from ..resource_type import TAGS, Change, ResourceType, Values, without_none
from ..schema import Schema, blocks, boolean, name, string, strings
from .iam import role_from_input

_SETTINGS = {
    "s3BucketName": "S3BucketName",
    "s3KeyPrefix": "S3KeyPrefix",
    "snsTopicName": "SnsTopicName",
    "cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn",
    "cloudWatchLogsRoleArn": "CloudWatchLogsRoleArn",
    "kmsKeyId": "KmsKeyId",
    "includeGlobalServiceEvents": "IncludeGlobalServiceEvents",
    "isMultiRegionTrail": "IsMultiRegionTrail",
    "enableLogFileValidation": "EnableLogFileValidation",
}
_NAMES_IN_RESPONSE = {"enableLogFileValidation": "LogFileValidationEnabled"}  # DescribeTrails uses another name
_OPERATORS = {
    "equals": "Equals",
    "notEquals": "NotEquals",
    "startsWiths": "StartsWith",
    "notStartsWiths": "NotStartsWith",
    "endsWiths": "EndsWith",
    "notEndsWiths": "NotEndsWith",
}


def _trail_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("cloudtrail", f"trail/{resource.name()}"),)


class Trail(ResourceType):
    pulumi_type = "aws:cloudtrail/trail:Trail"
    properties: ClassVar[Schema] = {
        "name": name(128),
        "s3BucketName": string(required=True),
        "s3KeyPrefix": string(),
        "snsTopicName": string(),
        "cloudWatchLogsGroupArn": string(),
        "cloudWatchLogsRoleArn": string(),
        "kmsKeyId": string(),
        "includeGlobalServiceEvents": boolean(),
        "isMultiRegionTrail": boolean(),
        "enableLogFileValidation": boolean(),
        "enableLogging": boolean(),
        "eventSelectors": blocks(
            {
                "readWriteType": string(),
                "includeManagementEvents": boolean(),
                "excludeManagementEventSources": strings(),
                "dataResources": blocks({"type": string(required=True), "values": strings(required=True)}),
            }
        ),
        "advancedEventSelectors": blocks(
            {
                "name": string(),
                "fieldSelectors": blocks(
                    {"field": string(required=True)} | {operator: strings() for operator in _OPERATORS}, required=True
                ),
            }
        ),
        "tags": TAGS,
    }
    outputs = ("arn", "homeRegion", "snsTopicArn")
    # Includes tags, which CreateTrail accepts on AWS but ignores in MiniStack.
    set_after_creation = frozenset({"eventSelectors", "advancedEventSelectors", "tagsAll"})
    deploy_permissions = DeployPermissions(
        source="internal/service/cloudtrail/trail.go",
        on=_trail_arns,
        grants=(
            Grant(Verb.CREATE, "cloudtrail:CreateTrail"),
            Grant(Verb.READ, "cloudtrail:DescribeTrails", on=anything),
            Grant(Verb.READ, "cloudtrail:GetEventSelectors cloudtrail:GetTrailStatus cloudtrail:ListTags"),
            # No stack stops logging, so StopLogging is not granted.
            Grant(Verb.UPDATE, "cloudtrail:PutEventSelectors cloudtrail:StartLogging cloudtrail:UpdateTrail"),
            Grant(Verb.DELETE, "cloudtrail:DeleteTrail"),
            Grant(Verb.TAG, "cloudtrail:AddTags cloudtrail:RemoveTags"),
            Grant(
                Verb.PASS_ROLE,
                "iam:PassRole",
                on=role_from_input("cloudWatchLogsRoleArn"),
                passed_to="cloudtrail.amazonaws.com",
            ),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        trail = aws.client("cloudtrail").create_trail(Name=inputs["name"], **_settings(inputs))
        if inputs.get("enableLogging", True):
            aws.client("cloudtrail").start_logging(Name=trail["TrailARN"])
        return trail["TrailARN"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        cloudtrail = aws.client("cloudtrail")
        trail = next(iter(cloudtrail.describe_trails(trailNameList=[id])["trailList"]), None)
        if trail is None:
            return None
        response = {key: trail.get(_NAMES_IN_RESPONSE.get(key, argument)) for key, argument in _SETTINGS.items()}
        selectors = cloudtrail.get_event_selectors(TrailName=id)
        observed = {
            "name": trail["Name"],
            "arn": trail["TrailARN"],
            "homeRegion": trail["HomeRegion"],
            "enableLogging": cloudtrail.get_trail_status(Name=id)["IsLogging"],
            **without_none(snsTopicArn=trail.get("SnsTopicARN")),
            **{key: value for key, value in response.items() if value not in (None, "")},
            "tagsAll": tag_map(cloudtrail.list_tags(ResourceIdList=[id])["ResourceTagList"][0]["TagsList"]),
        }
        # Without selectors of its own, a trail has CloudTrail's defaults. Only configured selectors count as drift.
        if state.get("eventSelectors"):
            observed["eventSelectors"] = [_basic_read(s) for s in selectors.get("EventSelectors", [])]
        if state.get("advancedEventSelectors"):
            observed["advancedEventSelectors"] = [
                _advanced_read(s) for s in selectors.get("AdvancedEventSelectors", [])
            ]
        return observed

    def update(self, aws: Aws, id: str, change: Change) -> None:
        cloudtrail, new = aws.client("cloudtrail"), change.new
        if change.any_of(*_SETTINGS):
            cleared = {
                argument: "" for key, argument in _SETTINGS.items() if key in change.properties and new.get(key) is None
            }
            cloudtrail.update_trail(Name=id, **cleared | _settings(new))
        if change.any_of("eventSelectors", "advancedEventSelectors"):
            cloudtrail.put_event_selectors(TrailName=id, **_selectors(new))
        if change.any_of("enableLogging"):
            if new.get("enableLogging", True):
                cloudtrail.start_logging(Name=id)
            else:
                cloudtrail.stop_logging(Name=id)
        if change.any_of("tagsAll"):
            added, removed = change.tags()
            if removed:
                cloudtrail.remove_tags(ResourceId=id, TagsList=[{"Key": key} for key in removed])
            if added:
                cloudtrail.add_tags(ResourceId=id, TagsList=tag_list(added))

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("cloudtrail").delete_trail(Name=id)


def _settings(inputs: Values) -> dict[str, Any]:
    return {argument: inputs[key] for key, argument in _SETTINGS.items() if inputs.get(key) is not None}


def _selectors(inputs: Values) -> dict[str, Any]:
    """Return the arguments of PutEventSelectors, which accepts one kind. The default is all management events."""
    if advanced := inputs.get("advancedEventSelectors"):
        return {
            "AdvancedEventSelectors": [
                without_none(Name=selector.get("name"))
                | {
                    "FieldSelectors": [
                        {"Field": field["field"]} | {_OPERATORS[op]: field[op] for op in _OPERATORS if field.get(op)}
                        for field in selector["fieldSelectors"]
                    ]
                }
                for selector in advanced
            ]
        }
    basic = inputs.get("eventSelectors") or [{}]
    return {
        "EventSelectors": [
            {
                "ReadWriteType": selector.get("readWriteType", "All"),
                "IncludeManagementEvents": selector.get("includeManagementEvents", True),
                "ExcludeManagementEventSources": selector.get("excludeManagementEventSources", []),
                "DataResources": [
                    {"Type": r["type"], "Values": r["values"]} for r in selector.get("dataResources", [])
                ],
            }
            for selector in basic
        ]
    }


def _basic_read(selector: dict[str, Any]) -> dict[str, Any]:
    return {
        "readWriteType": selector["ReadWriteType"],
        "includeManagementEvents": selector["IncludeManagementEvents"],
        "excludeManagementEventSources": selector.get("ExcludeManagementEventSources", []),
        "dataResources": [{"type": r["Type"], "values": r["Values"]} for r in selector.get("DataResources", [])],
    }


def _advanced_read(selector: dict[str, Any]) -> dict[str, Any]:
    return without_none(name=selector.get("Name")) | {
        "fieldSelectors": [
            {"field": field["Field"]}
            | {op: field[operator] for op, operator in _OPERATORS.items() if field.get(operator)}
            for field in selector["FieldSelectors"]
        ]
    }
