"""The two kinds of guardrails: on each resource, and on the whole stack.

Guardrails read what is known in a preview. A value that isn't known yet ends the check of that resource: Pulumi logs
"can't run policy ... during preview", which is no violation. The program composes names, ARNs and documents from
config, so that hardly any value is unknown.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, Protocol, TypeVar

from pulumi_policy import (
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from deadfall.config import ConfigError

from .pack import policy_name

Args = TypeVar("Args", ResourceValidationArgs, StackValidationArgs)

_UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""Raised at a value of another kind than AWS accepts. It must neither end the analyzer nor pass."""


class Report(Protocol):
    """Reports one violation, in one sentence: what is wrong and what to change. A guardrail on the stack names the
    resource with `urn`."""

    def __call__(self, message: str, urn: str | None = None) -> None: ...


def on_resource(
    module: str,
    *,
    applies_to: Collection[str],
    description: str,
    rationale: str,
    severity: Severity,
    remediation: str,
    check: Callable[[ResourceValidationArgs, Report], None],
    config: dict[str, dict[str, Any]] | None = None,
) -> ResourceValidationPolicy:
    """Return a guardrail that checks each resource before it is created.

    Args:
        module: the module's `__name__`.
        applies_to: the types of the resources to check; empty for all.
        description: the requirement, one sentence.
        rationale: the consequence of a violation, one sentence.
        remediation: the change that resolves a violation, one sentence.
        config: the JSON schema of each setting, with a default. Only the CLI applies defaults, so `check` reads
            settings with `setting`.
    """

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if applies_to and args.resource_type not in applies_to:
            args.not_applicable("another type of resource")
        _run(check, args, report, "A property is not what AWS accepts there")

    return ResourceValidationPolicy(
        name=policy_name(module),
        description=f"{description} {rationale}",
        validate=validate,
        severity=severity,
        remediation_steps=remediation,
        config_schema=PolicyConfigSchema(config) if config else None,
    )


def on_stack(
    module: str,
    *,
    description: str,
    rationale: str,
    severity: Severity,
    remediation: str,
    check: Callable[[StackValidationArgs, Report], None],
    config: dict[str, dict[str, Any]] | None = None,
) -> StackValidationPolicy:
    """Return a guardrail that checks all resources of a stack together.

    `pulumi up` runs these after it has applied changes; only the preview before it (no --skip-preview) prevents them.
    """

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        _run(check, args, report, "A property or a value of stack config has the wrong form")

    return StackValidationPolicy(
        name=policy_name(module),
        description=f"{description} {rationale}",
        validate=validate,
        severity=severity,
        remediation_steps=remediation,
        config_schema=PolicyConfigSchema(config) if config else None,
    )


def _run(check: Callable[[Args, Report], None], args: Args, report: ReportViolation, unreadable: str) -> None:
    """Run a check, and report a violation where it can't read what it checks."""

    def report_one(message: str, urn: str | None = None) -> None:
        report(message, urn)

    try:
        check(args, report_one)
    except ConfigError as error:
        report_one(
            f"Stack config is not valid, so this can't be checked ({'; '.join(map(str, error.problems))}); correct it."
        )
    except _UNREADABLE as error:
        report_one(f"{unreadable} ({type(error).__name__}: {error}); correct it.")


def each(resources: Iterable[PolicyResource], check: Callable[[PolicyResource], None]) -> None:
    """Check every resource, also after one with an unknown value; raise UnknownValueError in the end."""
    unknown: UnknownValueError | None = None
    for resource in resources:
        try:
            check(resource)
        except UnknownValueError as error:
            unknown = unknown or error
    if unknown:
        raise unknown


def setting(args: ResourceValidationArgs | StackValidationArgs, schema: dict[str, dict[str, Any]], key: str) -> Any:
    """Return a setting of this guardrail, or its default."""
    return args.get_config().get(key, schema[key]["default"])
