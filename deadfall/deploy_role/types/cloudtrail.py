"""AWS CloudTrail."""

from ..grant import Grant, ResourceType, Verb, anything
from ..planned import Planned
from .iam import role_given


def _trail(resource: Planned) -> tuple[str, ...]:
    return (resource.arn("cloudtrail", f"trail/{resource.name()}"),)


TYPES = (
    ResourceType(
        "aws:cloudtrail/trail:Trail",
        source="internal/service/cloudtrail/trail.go",
        on=_trail,
        grants=(
            Grant(Verb.CREATE, "cloudtrail:CreateTrail"),
            Grant(Verb.READ, "cloudtrail:DescribeTrails", on=anything),
            Grant(Verb.READ, "cloudtrail:GetEventSelectors cloudtrail:GetTrailStatus cloudtrail:ListTags"),
            # StopLogging is nothing that a stack asks for.
            Grant(Verb.UPDATE, "cloudtrail:PutEventSelectors cloudtrail:StartLogging cloudtrail:UpdateTrail"),
            Grant(Verb.DELETE, "cloudtrail:DeleteTrail"),
            Grant(Verb.TAG, "cloudtrail:AddTags cloudtrail:RemoveTags"),
            Grant(
                Verb.PASS_ROLE,
                "iam:PassRole",
                on=role_given("cloudWatchLogsRoleArn"),
                passed_to="cloudtrail.amazonaws.com",
            ),
        ),
    ),
)
