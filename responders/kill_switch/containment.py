"""Carry out a plan: act, then verify by reading IAM again. Continues on failure and says what failed."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from . import aws, log, namesake
from .actions import Action, Check, Deny, Done, Inverse
from .decide import Contain
from .principal import Principal
from .quarantine import Found

REREAD_AFTER_SECONDS = (0.0, 0.3, 1.0)
"""IAM is eventually consistent: a change that is not seen at once is looked for again before it counts as missing."""

EXPLAINED = {
    "LimitExceeded": " Its inline policies have reached IAM's size limit: remove one, or attach AWSDenyAll by"
    " hand (on a role, this stops all of its sessions).",
    "NoSuchEntity": " It was deleted, or IAM does not show it yet: check whether it exists.",
}


DISTURBED = ("ConcurrentModification", "EntityTemporarilyUnmodifiable")
DISTURBED_PAUSES = (0.1, 0.3, 1.0)
"""Seconds. IAM asks to try again (API reference: PutUserPolicy, DeleteLoginProfile); botocore does not by itself."""


class PriorStateError(Exception):
    """The prior state can't be stored; the message says why."""


@dataclass(frozen=True)
class Result:
    """What became of one action. `outcome`: done, already, failed, skipped."""

    action: str
    target: str
    outcome: str
    detail: str
    milliseconds: int
    verified: bool
    inverse: Inverse
    check: Check

    @property
    def holds(self) -> bool:
        return self.outcome in ("done", "already") and self.verified

    def document(self) -> dict[str, Any]:
        plain = asdict(self)
        plain["inverse"] = {"commands": list(self.inverse.commands), "note": self.inverse.note}
        return plain


@dataclass(frozen=True)
class Containment:
    results: tuple[Result, ...]
    prior_state: dict[str, Any] | None
    trouble: str | None
    """Why the prior state could not be kept, if so."""
    gone: str | None = None
    """Why there was nobody to contain, if so: then there are no results."""

    @property
    def status(self) -> str:
        """FAILED when the deny doesn't hold: without it, sessions that the principal already has go on. OBSERVED when
        there was nobody to contain."""
        if self.gone:
            return "OBSERVED"
        if all(result.holds for result in self.results):
            return "CONTAINED"
        return "PARTIAL" if self.results[0].holds else "FAILED"


def contain(
    plan: Contain,
    principal: Principal,
    incident_id: str,
    iam: Any,
    keep: Callable[[Found], dict[str, Any]],
    now: Callable[[], datetime],
) -> Containment:
    """Carry out `plan`. `keep` stores the prior state, given what stood under the deny's name, and returns it as
    stored (the first of this quarantine, whoever stored it), or raises PriorStateError.

    The deny is additive, so it comes before the prior state is stored; everything after it is lossy or slower and is
    skipped unless the prior state is safe. Only a foreign policy under the deny's name reverses that order, because
    putting ours replaces it. Never raises for what AWS answers.
    """
    actions: tuple[Deny | Action, ...] = (plan.deny, *plan.later)
    try:
        gone = namesake.gone(iam, principal)
    except aws.Failed as error:
        # Who can't be told from a namesake acted seconds ago under this name, and the deny is additive: go on. If there
        # really is nobody of this name, the deny fails.
        log.line("warning", "principal not re-read", problem=aws.sentence(error))
        gone = None
    if gone:
        return Containment((), None, None, gone)

    prior_state, trouble = None, None

    def keep_prior_state(found: Found) -> None:
        nonlocal prior_state, trouble
        try:
            prior_state = keep(found)
        except PriorStateError as error:
            trouble = f"The prior state could not be stored: {error}"

    found = Found()

    def deny() -> Done:
        nonlocal found
        found = plan.deny.find(iam)
        if found.foreign:
            keep_prior_state(found)
            if prior_state is None:
                raise PriorStateError(f"A different policy already has this name. {trouble}")
        done = plan.deny.run(iam, found, incident_id, now())
        if prior_state is None:
            keep_prior_state(found)
        return done

    outcomes = [_timed(deny)]
    if prior_state is None and trouble is None:
        keep_prior_state(found)  # the deny failed: what comes after it needs the prior state all the same
    for action in plan.later:
        if prior_state is None:
            outcomes.append(("skipped", str(trouble), 0))
        else:
            outcomes.append(_timed(lambda action=action: action.run(iam)))
    results = [
        Result(
            action.name,
            action.target,
            outcome,
            detail,
            milliseconds,
            outcome in ("done", "already") and _verified(action, iam),
            action.inverse(prior_state) if outcome in ("done", "already") else Inverse(),
            action.check(),
        )
        for action, (outcome, detail, milliseconds) in zip(actions, outcomes, strict=True)
    ]
    return Containment(tuple(results), prior_state, trouble)


def _timed(run: Callable[[], Done]) -> tuple[str, str, int]:
    start = time.monotonic()
    try:
        done = _undisturbed(run)
        outcome, detail = done.outcome, done.detail
    except PriorStateError as error:
        outcome, detail = "failed", str(error)
    except aws.Failed as error:
        outcome, detail = "failed", aws.sentence(error) + EXPLAINED.get(aws.code(error), "")
    return outcome, detail, round((time.monotonic() - start) * 1000)


def _undisturbed(run: Callable[[], Done]) -> Done:
    """Runs an action again when IAM says that somebody else is changing the same principal at this moment: often it is
    another delivery of the same touch."""
    for pause in DISTURBED_PAUSES:
        try:
            return run()
        except aws.Failed as error:
            if aws.code(error) not in DISTURBED:
                raise
            time.sleep(pause)
    return run()


def _verified(action: Deny | Action, iam: Any) -> bool:
    for pause in REREAD_AFTER_SECONDS:
        time.sleep(pause)
        try:
            if action.verify(iam):
                return True
        except aws.Failed as error:
            log.line("warning", "not re-read", action=action.name, problem=aws.sentence(error))
    return False
