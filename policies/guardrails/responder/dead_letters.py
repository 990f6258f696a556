"""What the responder could not handle is kept."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import FUNCTION


def _check(args: ResourceValidationArgs, report: Report) -> None:
    target = (args.props.get("deadLetterConfig") or {}).get("targetArn")
    if not target:
        report("The function has no dead-letter queue; set dead_letter_config.")
    elif not str(target).startswith("arn:aws:sqs:"):
        report(f"The function's dead letters go to {target}, which doesn't keep them; send them to an SQS queue.")


POLICY = on_resource(
    __name__,
    applies_to=[FUNCTION],
    description="The responder has a dead-letter queue.",
    rationale="Lambda drops an event after its last retry, and with it the sighting and who must be contained.",
    severity=Severity.HIGH,
    remediation="Set dead_letter_config on the function to the ARN of an SQS queue.",
    check=_check,
)
