"""Determine what the kill switch would have done about past records, using its own code to parse, resolve and decide.

Every rule is evaluated as if it had `response: contain`, to show the effect before the rule is changed.

The responder knows a decoy's full ARN, but stack config does not contain the random suffix that AWS appends, so the
hunt compares with a pattern instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from deadfall.config import StackConfig
from deadfall.names import GLOBAL_REGION, Names
from responders.kill_switch import arn
from responders.kill_switch.decide import Contain, decide
from responders.kill_switch.decoy_match import NotConfirmed, match_decoy
from responders.kill_switch.manifest import Decoy, Manifest, ManifestDetection
from responders.kill_switch.parse import Rejected, Sighting, read_record
from responders.kill_switch.principal import resolve
from responders.kill_switch.settings import Settings

from .rules import Hunted

Outcome = Literal["contained", "suppressed", "observed", "not confirmed", "rejected"]


@dataclass(frozen=True)
class Verdict:
    """What the responder would have done. `principal` is its key for the caller; `actions` are the plan's, in order."""

    outcome: Outcome
    reason: str
    principal: str
    actions: tuple[str, ...] = ()


class KillSwitch:
    """The responder as a stack configures it."""

    def __init__(self, config: StackConfig) -> None:
        self._names = names = Names.of(config)
        self._home = config.home
        self._settings = Settings(
            account_id=config.account_id,
            home_region=config.home,
            prefix=config.prefix,
            ledger_table=names.ledger,
            evidence_bucket=names.evidence_bucket,
            alert_topic_arn=names.arn("sns", names.alert_topic),
            trail_log_group=names.trail_log_group,
            deploy_role=_entity(config.deploy_role_arn),
            protected=frozenset(map(_entity, config.protected_principals)),
        )
        principals = (decoy.principal_arn(names) for decoy in config.decoys)
        self._manifest = Manifest({}, frozenset(_entity(arn) for arn in principals if arn))

    def verdict(self, hunted: Hunted, record: Mapping[str, Any]) -> Verdict:
        """Return what the responder would have done about a record that the rule matched."""
        facts = read_record(record, self._settings)
        if isinstance(facts, Rejected):
            return Verdict("rejected", facts.reason, "")
        principal = resolve(facts.user_identity)
        rule = hunted.rule
        detection = ManifestDetection(
            id=rule.id,
            title=hunted.title,
            response="contain",
            decoy=self._decoy(hunted),
            level=rule.level,
            runbook=rule.custom.runbook,
            count=None,  # the hunt has already applied the threshold
            rule=rule.condition,
        )
        match = match_decoy(facts, detection)
        if isinstance(match, NotConfirmed):
            return Verdict("rejected" if match.disagrees else "not confirmed", match.reason, principal.key)
        decision = decide(Sighting("E", detection, facts), principal, self._settings, self._manifest)
        if isinstance(decision, Contain):
            plan = tuple(f"{action.name} {action.target}" for action in (decision.deny, *decision.later))
            return Verdict("contained", decision.left_open, principal.key, plan)
        outcome: Outcome = "suppressed" if decision.status == "SUPPRESSED" else "observed"
        return Verdict(outcome, decision.reason, principal.key)

    def _decoy(self, hunted: Hunted) -> Decoy | None:
        decoy, names = hunted.decoy, self._names
        if decoy is None:
            return None
        return Decoy(
            decoy.kind,
            decoy.decoy_name,
            decoy.arn(names),
            decoy.planted_in(names) or GLOBAL_REGION,
            decoy.identifiers(names),
            decoy.callers(names),
        )


def _entity(text: str) -> arn.Entity:
    parsed = arn.entity(text)
    assert parsed is not None  # noqa: S101  config accepts no other ARNs
    return parsed
