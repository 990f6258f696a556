"""Exceptions: what lowers one guardrail for one stack to advisory, with an owner, a reason and an end.

They are in the stack's config, `deadfall:policyExceptions`, so that they are reviewed with it. An entry that is not
complete, over, or more than a year from its end, lowers nothing; the guardrail account-policy-exceptions reports it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from . import stack_config

GUARDRAIL = "account-policy-exceptions"
"""The guardrail on exceptions themselves. It takes none."""


LONGEST = timedelta(days=366)
"""How far ahead an exception may end, so that it is reviewed again."""


@dataclass(frozen=True)
class PolicyException:
    """One entry; `problem` says in a few words what is wrong with it, if anything is."""

    policy: str
    expires: date
    problem: str = ""

    def holds(self, today: date) -> bool:
        """An exception holds to the end of its last day, UTC."""
        return not self.problem and today <= self.expires <= today + LONGEST


def read() -> list[PolicyException]:
    """The exceptions of the stack that is previewed or updated."""
    entries = stack_config.value("policyExceptions", [])
    return [_entry(entry) for entry in entries] if isinstance(entries, list) else [_wrong("", "is not a list")]


def _entry(entry: Any) -> PolicyException:
    if not isinstance(entry, Mapping):
        return _wrong("", "is not an object")
    policy = str(entry.get("policy") or "")
    for key in ("policy", "owner", "reason", "expires"):
        if not str(entry.get(key) or "").strip():
            return _wrong(policy, f"has no {key}")
    try:
        expires = date.fromisoformat(str(entry["expires"]))
    except ValueError:
        return _wrong(policy, "has an expiry that is not a date in quotes such as '2027-01-31'")
    return PolicyException(policy, expires)


def _wrong(policy: str, problem: str) -> PolicyException:
    return PolicyException(policy, date.min, problem)
