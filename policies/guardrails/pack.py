"""Finds the guardrails, and lowers those that a stack has an exception for."""

import importlib
import pkgutil
from collections.abc import Iterable
from datetime import date

from pulumi_policy import EnforcementLevel, Policy

import guardrails

from .exceptions import GUARDRAIL, PolicyException


class PackError(Exception):
    """A file of the pack that can't be used; the text is one sentence naming it."""


def modules() -> list[str]:
    """The module of every guardrail: every file in the folder of a topic."""
    topics = [topic for topic in pkgutil.iter_modules(guardrails.__path__, "guardrails.") if topic.ispkg]
    return sorted(
        policy.name
        for topic in topics
        for policy in pkgutil.iter_modules(
            [f"{guardrails.__path__[0]}/{topic.name.rpartition('.')[2]}"], f"{topic.name}."
        )
    )


def policy_name(module: str) -> str:
    """`guardrails.trail.log_file_validation` is the guardrail trail-log-file-validation."""
    return module.removeprefix("guardrails.").replace(".", "-").replace("_", "-")


def find() -> list[Policy]:
    """Every guardrail, sorted by name.

    Raises:
        PackError: a file in a topic's folder sets no POLICY.
    """
    found: list[Policy] = []
    for module in modules():
        policy = getattr(importlib.import_module(module), "POLICY", None)
        if not isinstance(policy, Policy):
            raise PackError(f"{module}: sets no POLICY; what guardrails share belongs beside the folders of the topics")
        found.append(policy)
    return found


def with_exceptions(policies: list[Policy], exceptions: Iterable[PolicyException], today: date) -> list[Policy]:
    """The guardrails, those with an exception that still holds lowered to advisory: they warn, and stop nothing."""
    excepted = {exception.policy for exception in exceptions if exception.holds(today)}
    for policy in policies:
        if policy.name in excepted - {GUARDRAIL}:
            policy.enforcement_level = EnforcementLevel.ADVISORY
    return policies
