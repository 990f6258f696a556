"""A rule believes AWS's own events only."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import ResourceValidationArgs, Severity

from ..event_pattern import EventPattern, InvalidPattern
from ..guardrail import Report, on_resource
from ..types import EVENT_RULE


def _check(args: ResourceValidationArgs, report: Report) -> None:
    try:
        pattern = EventPattern.of(args.props.get("eventPattern"))
    except InvalidPattern:
        return  # detection-rule-pattern reports it
    for branch in pattern.branches:
        sources = branch.get("source", ())
        if not sources or not all(map(_is_aws, sources)):
            report(
                f"The rule {args.props.get('name')} takes events of any source, forged ones among them; pin source to "
                'AWS\'s, such as "aws.kms" or {"prefix": "aws."}, in every branch of the pattern.'
            )
            return


def _is_aws(alternative: Any) -> bool:
    if isinstance(alternative, Mapping):
        ((operator, operand),) = alternative.items()
        alternative = operand if operator in ("prefix", "wildcard") else None
    return isinstance(alternative, str) and alternative.startswith("aws.")


POLICY = on_resource(
    __name__,
    applies_to=[EVENT_RULE],
    description="Every event pattern pins source to aws.*.",
    rationale=(
        "EventBridge rejects such a source from customers; with any other source, anyone who may call "
        "events:PutEvents can forge a touch and have a victim contained."
    ),
    severity=Severity.CRITICAL,
    remediation='Add "source": ["aws.<service>"] or [{"prefix": "aws."}] to the pattern.',
    check=_check,
)
