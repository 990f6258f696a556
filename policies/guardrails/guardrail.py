"""How a guardrail is made.

Guardrails read what is known in a preview. A value that isn't known yet ends the check of that resource: Pulumi says
"can't run policy ... during preview", which is no violation. The program composes names, ARNs and documents from config
so that this hardly ever happens.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, Protocol

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

from .pack import policy_name

_UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What Python raises at a value of another kind than AWS takes. It must not end the analyzer, nor pass."""


class Report(Protocol):
    """Reports one violation, in one sentence that says what is wrong and what to change. In a guardrail on the stack,
    `urn` says of which resource."""

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
    """A guardrail that looks at one resource at a time, before it is made. With no types in `applies_to`: at every one.

    Args:
        module: the module's `__name__`.
        description: the requirement, one sentence.
        rationale: the consequence of a violation, one sentence.
        remediation: the change that resolves a violation, one sentence.
        config: JSON schema per setting, each with a default. Only the CLI applies defaults, so `check` asks with
            `setting`.
    """

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if applies_to and args.resource_type not in applies_to:
            args.not_applicable("another type of resource")
        try:
            check(args, _report(report))
        except _UNREADABLE as error:
            _report(report)(f"A property is not what AWS takes there ({_said(error)}); correct it.")

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
    """A guardrail that looks at all resources together. In `pulumi up` these run after the fact, so previews must come
    first: they do, unless somebody says --skip-preview."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        try:
            check(args, _report(report))
        except _UNREADABLE as error:
            _report(report)(
                f"A property or a value of stack config is not what it must be ({_said(error)}); correct it."
            )

    return StackValidationPolicy(
        name=policy_name(module),
        description=f"{description} {rationale}",
        validate=validate,
        severity=severity,
        remediation_steps=remediation,
        config_schema=PolicyConfigSchema(config) if config else None,
    )


def _report(report: ReportViolation) -> Report:
    return lambda message, urn=None: report(message, urn)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def each(resources: Iterable[PolicyResource], check: Callable[[PolicyResource], None]) -> None:
    """Check every resource, also when something of one is not known yet; that is said at the end."""
    unknown: UnknownValueError | None = None
    for resource in resources:
        try:
            check(resource)
        except UnknownValueError as error:
            unknown = unknown or error
    if unknown:
        raise unknown


def setting(args: ResourceValidationArgs | StackValidationArgs, schema: dict[str, dict[str, Any]], key: str) -> Any:
    """A setting of this guardrail, or its default."""
    return args.get_config().get(key, schema[key]["default"])
