"""The topics that alarms notify."""

from pulumi_policy import PolicyResource

from . import arns, stack_config


def told_by(alarm: PolicyResource) -> list[str]:
    """Return the ARNs of the topics that an alarm notifies.

    Actions that cannot work, such as a topic of another region or account, are omitted: detection-alarm-action reports
    them.
    """
    here = ("sns", stack_config.region_of(alarm), stack_config.account_id())
    actions = [(str(action), arns.parse(action)) for action in alarm.props.get("alarmActions") or []]
    return [action for action, arn in actions if arn and (arn.service, arn.region, arn.account) == here]
