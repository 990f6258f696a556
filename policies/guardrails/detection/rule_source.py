"""A rule matches only AWS's own events."""

from pulumi_policy import ResourceValidationArgs, Severity

from deadfall.patterns.event_pattern_operators import Alternative

from ..guardrail import Report, on_resource
from ..patterns import event_pattern
from ..types import EVENT_RULE


def _check(args: ResourceValidationArgs, report: Report) -> None:
    pattern = event_pattern(str(args.props.get("eventPattern")))
    for branch in pattern.branches if pattern else ():
        sources = branch.get("source", ())
        if not sources or not all(map(_is_aws, sources)):
            report(
                f"The rule {args.props.get('name')} takes events of any source, forged ones among them; pin source to "
                'AWS\'s, such as "aws.kms" or {"prefix": "aws."}, in every branch of the pattern.'
            )
            return


def _is_aws(alternative: Alternative) -> bool:
    text = alternative.operand if alternative.operator in (None, "prefix", "wildcard") else None
    return isinstance(text, str) and text.startswith("aws.")


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
