"""EventBridge: rules and their targets."""

from typing import Any, ClassVar

from ..aws import Aws, tag_list, tag_map
from ..grants import DeployPermissions, Grant, PlannedResource, Verb
from ..resource_type import TAGS, Change, ResourceType, Values, none_if_missing, without_none
from ..schema import Schema, block, document, name, number, string, string_map
from .iam import role_from_input

DEFAULT_BUS = "default"


def _rule_arns(key: str, resource: PlannedResource) -> tuple[str, ...]:
    """Return the ARN of a rule on the default bus: it has no bus in it (service authorization reference)."""
    return (resource.arn("events", f"rule/{resource.name_pattern(key)}"),)


class EventRule(ResourceType):
    pulumi_type = "aws:cloudwatch/eventRule:EventRule"
    properties: ClassVar[Schema] = {
        "name": name(64),
        "description": string(),
        "eventBusName": string(replaces=True),
        "eventPattern": document(),
        "scheduleExpression": string(),
        "roleArn": string(),
        "state": string(),
        "tags": TAGS,
    }
    outputs = ("arn",)
    deploy_permissions = DeployPermissions(
        source="internal/service/events/rule.go",
        on=lambda resource: _rule_arns("name", resource),
        grants=(
            Grant(Verb.CREATE, "events:PutRule"),  # for updating, too
            Grant(Verb.READ, "events:DescribeRule events:ListTagsForResource"),
            Grant(Verb.DELETE, "events:DeleteRule"),
            Grant(Verb.TAG, "events:TagResource events:UntagResource"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        self._put(aws, inputs, {"Tags": tag_list(inputs["tagsAll"])} if inputs["tagsAll"] else {})
        bus = inputs.get("eventBusName", DEFAULT_BUS)
        return inputs["name"] if bus == DEFAULT_BUS else f"{bus}/{inputs['name']}", {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        events = aws.client("events")
        rule = none_if_missing(lambda: events.describe_rule(**_of(id)))
        if rule is None:
            return None
        return {
            "name": rule["Name"],
            "arn": rule["Arn"],
            "eventBusName": rule["EventBusName"],
            "state": rule["State"],
            **without_none(
                description=rule.get("Description"),
                eventPattern=rule.get("EventPattern"),
                scheduleExpression=rule.get("ScheduleExpression"),
                roleArn=rule.get("RoleArn"),
            ),
            "tagsAll": tag_map(events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        events = aws.client("events")
        if change.properties - {"tagsAll"}:
            self._put(aws, change.new, {})
        if change.any_of("tagsAll"):
            arn = aws.arn("events", f"rule/{id}")
            added, removed = change.tags()
            if removed:
                events.untag_resource(ResourceARN=arn, TagKeys=removed)
            if added:
                events.tag_resource(ResourceARN=arn, Tags=tag_list(added))

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("events").delete_rule(**_of(id))

    @staticmethod
    def _put(aws: Aws, inputs: Values, extra: dict[str, Any]) -> None:
        aws.client("events").put_rule(
            Name=inputs["name"],
            EventBusName=inputs.get("eventBusName", DEFAULT_BUS),
            State=inputs.get("state", "ENABLED"),
            **without_none(
                Description=inputs.get("description"),
                EventPattern=inputs.get("eventPattern"),
                ScheduleExpression=inputs.get("scheduleExpression"),
                RoleArn=inputs.get("roleArn"),
            ),
            **extra,
        )


def _of(id: str) -> dict[str, str]:
    bus, _, rule = id.rpartition("/")
    return {"Name": rule, "EventBusName": bus or DEFAULT_BUS}


class EventTarget(ResourceType):
    pulumi_type = "aws:cloudwatch/eventTarget:EventTarget"
    properties: ClassVar[Schema] = {
        "rule": string(required=True, replaces=True),
        "eventBusName": string(replaces=True),
        "targetId": name(64),
        "arn": string(required=True),
        "roleArn": string(),
        "input": string(),
        "inputPath": string(),
        "inputTransformer": block({"inputTemplate": string(required=True), "inputPaths": string_map()}),
        "retryPolicy": block({"maximumRetryAttempts": number(), "maximumEventAgeInSeconds": number()}),
        "deadLetterConfig": block({"arn": string()}),
    }
    deploy_permissions = DeployPermissions(
        source="internal/service/events/target.go",
        on=lambda resource: _rule_arns("rule", resource),
        grants=(
            Grant(Verb.CREATE, "events:PutTargets"),  # for updating, too
            Grant(Verb.READ, "events:ListTargetsByRule"),
            Grant(Verb.DELETE, "events:RemoveTargets"),
            Grant(Verb.PASS_ROLE, "iam:PassRole", on=role_from_input("roleArn"), passed_to="events.amazonaws.com"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        self._put(aws, inputs)
        return f"{inputs['rule']}-{inputs['targetId']}", {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        events = aws.client("events")
        found = none_if_missing(lambda: events.list_targets_by_rule(**_rule(state)))
        target = next((t for t in (found or {}).get("Targets", []) if t["Id"] == state["targetId"]), None)
        if target is None:
            return None
        observed = {"rule": state["rule"], "targetId": target["Id"], "arn": target["Arn"]} | without_none(
            roleArn=target.get("RoleArn"), input=target.get("Input"), inputPath=target.get("InputPath")
        )
        if transformer := target.get("InputTransformer"):
            paths = transformer.get("InputPathsMap")
            observed["inputTransformer"] = {"inputTemplate": transformer["InputTemplate"]} | (
                {"inputPaths": paths} if paths else {}
            )
        if retry := target.get("RetryPolicy"):
            observed["retryPolicy"] = without_none(
                maximumRetryAttempts=retry.get("MaximumRetryAttempts"),
                maximumEventAgeInSeconds=retry.get("MaximumEventAgeInSeconds"),
            )
        if dead_letters := target.get("DeadLetterConfig"):
            observed["deadLetterConfig"] = {"arn": dead_letters["Arn"]}
        return observed

    def update(self, aws: Aws, id: str, change: Change) -> None:
        self._put(aws, change.new)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        _require_accepted(aws.client("events").remove_targets(**_rule(state), Ids=[state["targetId"]]))

    @staticmethod
    def _put(aws: Aws, inputs: Values) -> None:
        target = {"Id": inputs["targetId"], "Arn": inputs["arn"]} | without_none(
            RoleArn=inputs.get("roleArn"), Input=inputs.get("input"), InputPath=inputs.get("inputPath")
        )
        if transformer := inputs.get("inputTransformer"):
            target["InputTransformer"] = {
                "InputTemplate": transformer["inputTemplate"],
                **without_none(InputPathsMap=transformer.get("inputPaths")),
            }
        if retry := inputs.get("retryPolicy"):
            target["RetryPolicy"] = without_none(
                MaximumRetryAttempts=retry.get("maximumRetryAttempts"),
                MaximumEventAgeInSeconds=retry.get("maximumEventAgeInSeconds"),
            )
        if dead_letters := inputs.get("deadLetterConfig"):
            target["DeadLetterConfig"] = {"Arn": dead_letters["arn"]}
        _require_accepted(aws.client("events").put_targets(**_rule(inputs), Targets=[target]))


def _require_accepted(response: dict[str, Any]) -> None:
    """Raise if PutTargets or RemoveTargets failed for an entry: their status is 200 even then."""
    for failed in response["FailedEntries"]:
        raise ValueError(f"{failed['ErrorCode']}: {failed['ErrorMessage']}")


def _rule(inputs: Values) -> dict[str, str]:
    return {"Rule": inputs["rule"], "EventBusName": inputs.get("eventBusName", DEFAULT_BUS)}
