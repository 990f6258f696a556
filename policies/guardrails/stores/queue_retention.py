"""Dead letters are kept as long as SQS can."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import QUEUE

DAY = 24 * 3600
LONGEST, DEFAULT = 14 * DAY, 4 * DAY  # SQS API reference, SetQueueAttributes, MessageRetentionPeriod


def _check(args: ResourceValidationArgs, report: Report) -> None:
    seconds = int(args.props.get("messageRetentionSeconds") or DEFAULT)
    if seconds < LONGEST:
        report(f"The queue forgets messages after {seconds / DAY:g} days; set message_retention_seconds to {LONGEST}.")


POLICY = on_resource(
    __name__,
    applies_to=[QUEUE],
    description="Queues keep messages for 14 days.",
    rationale="A message there is a sighting that was not handled; SQS deletes it after 4 days by default.",
    severity=Severity.MEDIUM,
    remediation="Set message_retention_seconds=1209600 on the queue.",
    check=_check,
)
