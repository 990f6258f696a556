"""Amazon EventBridge."""

from ..grant import Grant, ResourceType, Verb
from ..planned import Planned
from .iam import role_given
from .own_names import own

# ARNs of rules on the default bus have no bus in them (service authorization reference).


def _rule(key: str, resource: Planned) -> tuple[str, ...]:
    return (resource.arn("events", f"rule/{own(resource, resource.name(key))}"),)


TYPES = (
    ResourceType(
        "aws:cloudwatch/eventRule:EventRule",
        source="internal/service/events/rule.go",
        on=lambda resource: _rule("name", resource),
        grants=(
            Grant(Verb.CREATE, "events:PutRule"),  # for updating, too
            Grant(Verb.READ, "events:DescribeRule events:ListTagsForResource"),
            Grant(Verb.DELETE, "events:DeleteRule"),
            Grant(Verb.TAG, "events:TagResource events:UntagResource"),
        ),
    ),
    ResourceType(
        "aws:cloudwatch/eventTarget:EventTarget",
        source="internal/service/events/target.go",
        on=lambda resource: _rule("rule", resource),
        grants=(
            Grant(Verb.CREATE, "events:PutTargets"),  # for updating, too
            Grant(Verb.READ, "events:ListTargetsByRule"),
            Grant(Verb.DELETE, "events:RemoveTargets"),
            Grant(Verb.PASS_ROLE, "iam:PassRole", on=role_given("roleArn"), passed_to="events.amazonaws.com"),
        ),
    ),
)
