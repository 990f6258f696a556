"""The responder gets the event, not what is left of it."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import EVENT_TARGET

WHOLE = "<aws.events.event.json>"


def _check(args: ResourceValidationArgs, report: Report) -> None:
    target = f"The target {args.props.get('targetId')} of the rule {args.props.get('rule')}"
    for key in ("input", "inputPath"):
        if args.props.get(key):
            report(f"{target} sets {key}, so that it doesn't get the whole event; remove it.")
    transformer = args.props.get("inputTransformer")
    if transformer is not None and WHOLE not in str(transformer.get("inputTemplate")):
        report(f"{target} gets an input without the event; put {WHOLE} into its input_template.")


POLICY = on_resource(
    __name__,
    applies_to=[EVENT_TARGET],
    description="Targets get events whole.",
    rationale="Without the record the responder can't resolve the caller, and contains no one.",
    severity=Severity.CRITICAL,
    remediation=f"Leave out input and input_path; an input_template contains {WHOLE}.",
    check=_check,
)
