"""Every rule whose target is the responder may invoke it."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..functions import arn, functions
from ..guardrail import Report, each, on_stack
from ..links import known, refers
from ..stack_config import names
from ..statements import matches
from ..types import EVENT_TARGET, LAMBDA_PERMISSION


def _check(args: StackValidationArgs, report: Report) -> None:
    permissions = [resource for resource in args.resources if resource.resource_type == LAMBDA_PERMISSION]
    targets = [resource for resource in args.resources if resource.resource_type == EVENT_TARGET]

    def admits(function: PolicyResource) -> None:
        own = [permission for permission in permissions if refers(permission, "function", function)]

        def admitted(target: PolicyResource) -> None:
            if target.props.get("arn") != arn(function):
                return
            rule = names().arn("events", f"rule/{target.props['rule']}", target.props["region"])
            if not any(_admits(permission, rule) for permission in own):
                report(f"No permission lets rule {target.props['rule']} invoke the function; add one.", target.urn)

        each(targets, admitted)

    each(functions(args), admits)


def _admits(permission: PolicyResource, rule: str) -> bool:
    """EventBridge sends no source account, so a permission that asks for one admits nothing (EventBridge user guide,
    "Troubleshooting")."""
    props = permission.props
    return (
        props.get("principal") == "events.amazonaws.com"
        and props.get("action") in ("lambda:InvokeFunction", "lambda:*")
        and not any(known(props, key) for key in ("sourceAccount", "qualifier", "principalOrgId"))
        and matches(str(props.get("sourceArn") or "*"), rule)
    )


POLICY = on_stack(
    __name__,
    description="Every rule whose target is the responder is admitted by its resource policy.",
    rationale=(
        "EventBridge can't invoke it otherwise: the sighting ends in the dead-letter queue, and no one is contained."
    ),
    severity=Severity.CRITICAL,
    remediation="Add a Permission for events.amazonaws.com whose source_arn matches the rule, without source_account.",
    check=_check,
)
