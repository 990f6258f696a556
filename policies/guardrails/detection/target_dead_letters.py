"""Events that a rule cannot deliver are kept."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import dead_letters
from ..guardrail import Report, on_resource
from ..types import EVENT_TARGET


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if problem := dead_letters.problem(args):
        report(f"The target {args.props.get('targetId')} of the rule {args.props.get('rule')} {problem}.")


POLICY = on_resource(
    __name__,
    applies_to=[EVENT_TARGET],
    description="Every target of a rule has a dead-letter queue, a standard one in its own region and account.",
    rationale=(
        "Without one EventBridge discards what it can't deliver, and the touch goes unreported (user guide, rule-dlq)."
    ),
    severity=Severity.HIGH,
    remediation="Set dead_letter_config to the region's DeadLetterQueue.",
    check=_check,
)
