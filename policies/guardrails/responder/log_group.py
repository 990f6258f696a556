"""The responder's log group exists before the function."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..functions import functions
from ..guardrail import Report, each, on_stack
from ..links import known
from ..types import LOG_GROUP


def _check(args: StackValidationArgs, report: Report) -> None:
    groups = [resource for resource in args.resources if resource.resource_type == LOG_GROUP]

    def declared(function: PolicyResource) -> None:
        # Where none is set the provider says so only afterwards, so an unknown one is Lambda's own choice.
        name = known(known(function.props, "loggingConfig", {}), "logGroup") or f"/aws/lambda/{function.props['name']}"
        region = function.props.get("region")
        own = [g for g in groups if known(g.props, "name") == name and known(g.props, "region") == region]
        if not own:
            report(f"Log group {name} is not declared; make it in this stack.", function.urn)
        elif all(dependency.urn != own[0].urn for dependency in function.dependencies):
            report(f"Log group {name} is not there before the function; let the function depend on it.", function.urn)

    each(functions(args), declared)


POLICY = on_stack(
    __name__,
    description="The responder's log group is declared, and the function depends on it.",
    rationale="Otherwise Lambda creates one that never expires, or none at all where it lacks the permission.",
    severity=Severity.MEDIUM,
    remediation="Declare the log group /aws/lambda/<function>, and let the function depend on it.",
    check=_check,
)
