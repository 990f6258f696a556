"""Check a stack's guardrails: run the policy pack on the graph of its preview."""

import json
from collections.abc import Mapping

from deadfall.config import StackConfig
from deadfall.config_problem import NAMESPACE
from deadfall.lab.engine import DeploymentError
from deadfall.stack_files import SEED

from .finding import Finding
from .policy_pack import PolicyPackError, Violation, running
from .preview import preview


def check_guardrails(stack: str, config: StackConfig) -> tuple[int, list[Finding]]:
    """Return the number of guardrails, and a finding for each thing that they report.

    A guardrail with an exception in config gives a warning.
    """
    values = program_values(config)
    try:
        with running(stack, values) as pack:
            number, violations = pack.violations(preview(stack, values, frozenset(SEED), config.account_id))
    except (DeploymentError, PolicyPackError) as error:
        return 0, [Finding("guardrails", "", "", f"the guardrails cannot be checked: {error}")]
    return number, [_finding(each) for each in dict.fromkeys(violations)]


def program_values(config: StackConfig) -> dict[str, str]:
    """Return a config as the program receives it, with a public seed."""
    given: Mapping[str, object] = config.model_dump(by_alias=True, exclude_unset=True, mode="json")
    texts = {
        f"{NAMESPACE}:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in given.items()
    }
    return texts | SEED


def _finding(violation: Violation) -> Finding:
    key = f"{violation.policy} ({violation.resource})" if violation.resource else violation.policy
    message = violation.message
    if NAMESPACE not in message and NAMESPACE in violation.remediation:  # the remediation names the config key
        message = f"{message} {violation.remediation}"
    return Finding("guardrails", "", key, message, is_warning=not violation.mandatory)
