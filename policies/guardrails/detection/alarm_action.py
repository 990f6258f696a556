"""Every alarm notifies a topic."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import arns, stack_config
from ..guardrail import Report, on_resource
from ..supersets import is_of_superset
from ..types import METRIC_ALARM


def _check(args: ResourceValidationArgs, report: Report) -> None:
    alarm = f"The alarm {args.props.get('name')}"
    here = ("sns", stack_config.region_of(args), stack_config.account_id())
    actions = [str(action) for action in args.props.get("alarmActions") or []]
    if args.props.get("actionsEnabled") is False:
        report(f"{alarm} has its actions disabled; remove actions_enabled.")
    if not actions and not is_of_superset(args.props.get("namespace")):
        report(f"{alarm} has no action; set alarm_actions to a topic of {here[1]}.")
    for action in actions:
        arn = arns.parse(action)
        if not arn or (arn.service, arn.region, arn.account) != here:
            report(f"{alarm} notifies {action}; name a topic of {here[1]} in account {here[2]} instead.")


POLICY = on_resource(
    __name__,
    applies_to=[METRIC_ALARM],
    description=(
        "Every alarm notifies a topic of its own region and account, and its actions are enabled. Only alarms of "
        "filters that match more than their rule may have no topic: the responder notifies if the rule matches."
    ),
    rationale="An alarm can't notify a topic in another region, and an alarm without an action goes unnoticed.",
    severity=Severity.CRITICAL,
    remediation="Set alarm_actions to the region's AlertTopic.",
    check=_check,
)
