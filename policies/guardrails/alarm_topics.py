"""The topics that alarms notify."""

from pulumi_policy import PolicyResource

from . import arns, stack_config


def told_by(alarm: PolicyResource) -> list[str]:
    """The ARNs of the topics that an alarm tells. What it can't tell, a topic of another region or account among it, is
    left out: detection-alarm-action reports that."""
    here = ("sns", stack_config.region_of(alarm), stack_config.account_id())
    actions = [(str(action), arns.parse(action)) for action in alarm.props.get("alarmActions") or []]
    return [action for action, arn in actions if arn and (arn.service, arn.region, arn.account) == here]
