"""What the kill switch would have done: its own parsing, resolving and deciding, asked of records of the past.

Every rule is asked as if it said `response: contain`, because that is the question before it is made to say so.

The responder knows the exact ARN of a decoy secret, and the stack's config all but the six characters that Secrets
Manager appended. An ARN in the record that differs from the decoy's only there is taken for it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from deadfall.config import AccessKeyDecoy, SecretDecoy, StackConfig
from deadfall.names import Names
from responders.kill_switch import arn
from responders.kill_switch.decide import Contain, decide
from responders.kill_switch.manifest import Decoy, Detection, Manifest
from responders.kill_switch.parse import Rejected, Sighting, read_record
from responders.kill_switch.principal import resolve
from responders.kill_switch.settings import Settings
from responders.kill_switch.touched import NotConfirmed, confirm

from .rules import Hunted

Outcome = Literal["contained", "suppressed", "observed", "not confirmed", "rejected"]

_UNKNOWN_SUFFIX = "-??????"


@dataclass(frozen=True)
class Verdict:
    """`principal` tells callers apart as the responder does; `actions` are those of the plan, in their order."""

    outcome: Outcome
    reason: str
    principal: str
    actions: tuple[str, ...] = ()


class KillSwitch:
    """The responder as a stack has it."""

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
        users = frozenset(_entity(names.user_arn(decoy)) for decoy in config.access_keys)
        self._manifest = Manifest({}, users)

    def verdict(self, hunted: Hunted, record: Mapping[str, Any]) -> Verdict:
        """What it would have done about a record that this rule saw."""
        facts = read_record(record, self._settings)
        if isinstance(facts, Rejected):
            return Verdict("rejected", facts.reason, "")
        principal = resolve(facts.user_identity)
        rule = hunted.rule
        detection = Detection(
            id=rule.id,
            title=hunted.title,
            response="contain",
            decoy=self._decoy(hunted, record),
            level=rule.level,
            runbook=rule.custom.runbook,
            count=None,  # what is asked about was counted
        )
        touched = confirm(facts, detection)
        if isinstance(touched, NotConfirmed):
            return Verdict("rejected" if touched.disagrees else "not confirmed", touched.reason, principal.key)
        decision = decide(Sighting("E", detection, facts), principal, self._settings, self._manifest)
        if isinstance(decision, Contain):
            plan = tuple(f"{action.name} {action.target}" for action in (decision.deny, *decision.later))
            return Verdict("contained", decision.left_open, principal.key, plan)
        outcome: Outcome = "suppressed" if decision.status == "SUPPRESSED" else "observed"
        return Verdict(outcome, decision.reason, principal.key)

    def _decoy(self, hunted: Hunted, record: Mapping[str, Any]) -> Decoy | None:
        match hunted.decoy:
            case SecretDecoy() as secret:
                partial = self._names.secret_partial_arn(secret)
                named = re.search(rf"{re.escape(partial)}-[A-Za-z0-9]{{6}}(?![\w/+=.@-])", json.dumps(record))
                exact = named[0] if named else partial + _UNKNOWN_SUFFIX
                return Decoy("secret", secret.name, exact, secret.region or self._home)
            case AccessKeyDecoy() as key:
                return Decoy("accessKey", key.user_name, self._names.user_arn(key), self._home)
            case None:
                return None


def _entity(text: str) -> arn.Entity:
    parsed = arn.entity(text)
    assert parsed is not None  # noqa: S101  config takes no other ARNs
    return parsed
