"""The policy pack, as the Pulumi CLI starts it: `pulumi preview --policy-pack policies`."""

from datetime import UTC, datetime

from pulumi_policy import EnforcementLevel, PolicyPack

from guardrails import exceptions, pack

PolicyPack(
    "deadfall-guardrails",
    policies=pack.with_exceptions(pack.find(), exceptions.read(), datetime.now(UTC).date()),
    enforcement_level=EnforcementLevel.MANDATORY,
)
