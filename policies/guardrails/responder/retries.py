"""How long Lambda tries is set."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..functions import functions
from ..guardrail import Report, each, on_stack
from ..links import refers
from ..types import FUNCTION_INVOKE_CONFIG

LAMBDA_DEFAULT_RETRIES = 2
LEAST_SECONDS, MOST_SECONDS = 600, 3600


def _check(args: StackValidationArgs, report: Report) -> None:
    configs = [resource for resource in args.resources if resource.resource_type == FUNCTION_INVOKE_CONFIG]

    def has_one(function: PolicyResource) -> None:
        if not any(refers(config, "functionName", function) for config in configs):
            report(
                f"Function {function.props.get('name')} tries for Lambda's default of six hours; "
                "set how long with a FunctionEventInvokeConfig.",
                function.urn,
            )

    def retries(config: PolicyResource) -> None:
        times = config.props.get("maximumRetryAttempts")
        if times is not None and times < LAMBDA_DEFAULT_RETRIES:
            report(f"The function is retried {times:g} times; set maximum_retry_attempts to 2.", config.urn)
        seconds = config.props.get("maximumEventAgeInSeconds")
        if seconds is None or not LEAST_SECONDS <= seconds <= MOST_SECONDS:
            age = "six hours, Lambda's default" if seconds is None else f"{seconds:g} s"
            report(
                f"Events wait for the function for {age}; set maximum_event_age_in_seconds to "
                f"{LEAST_SECONDS} to {MOST_SECONDS}.",
                config.urn,
            )

    each(functions(args), has_one)
    each(configs, retries)


POLICY = on_stack(
    __name__,
    description="Lambda retries the responder twice, and gives up after ten minutes to an hour.",
    rationale=(
        "Fewer retries lose sightings to a transient error; with more, the dead-letter alarm reports hours late "
        "that nothing was contained."
    ),
    severity=Severity.HIGH,
    remediation="Set maximum_retry_attempts and maximum_event_age_in_seconds in the FunctionEventInvokeConfig.",
    check=_check,
)
