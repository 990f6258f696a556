"""Prove for each decoy of a stack that each way to touch it is detected, on both paths and in each region."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deadfall.config import StackConfig
from deadfall.decoy import Decoy
from deadfall.names import Names
from deadfall.touches.records import Record
from deadfall.touches.touch import Touch, Trace

from ..detection import StackDetection
from ..sigma.back_end import discover
from .cell import Cell, Path, Status
from .deployment import Deployment, plan_deployment

ELSEWHERE = "elsewhere"
"""Any region without rules of the stack; a key can be used there too."""

_BACK_END: dict[Path, str] = {each.path: each.name for each in discover() if each.path != "S"}


def coverage(config: StackConfig, detections: Sequence[StackDetection]) -> list[Cell]:
    """Return the cells of all decoys of a stack."""
    return prove(config, plan_deployment(config, detections), detections)


def prove(config: StackConfig, deployment: Deployment, detections: Sequence[StackDetection]) -> list[Cell]:
    """Return the cells of all decoys for a given deployment."""
    return [
        _cell(decoy, touch, path, region, _Proof(deployment, detections, decoy, path))
        for decoy in config.decoys
        for region in _regions(config, decoy)
        for touch in decoy.touches(Names.of(config), region)
        for path in _BACK_END
    ]


def _regions(config: StackConfig, decoy: Decoy) -> Sequence[str]:
    planted_in = decoy.planted_in(Names.of(config))
    return (planted_in,) if planted_in else (*config.detection_regions, ELSEWHERE)


def _cell(decoy: Decoy, touch: Touch, path: Path, region: str, proof: "_Proof") -> Cell:
    status, rules, reason, verified = _judge(touch, path, region, proof)
    return Cell(
        decoy.kind,
        decoy.decoy_name,
        touch.way,
        touch.outcome,
        path,
        region,
        status,
        rules,
        reason,
        touch.source,
        verified,
    )


def _judge(touch: Touch, path: Path, region: str, proof: "_Proof") -> tuple[Status, tuple[str, ...], str, bool]:
    if touch.impossible:
        return "impossible", (), touch.impossible, True
    if touch.unwatched and not touch.traces:
        return "gap", (), touch.unwatched, True
    if region == ELSEWHERE and path == "E":
        return (
            "gap",
            (),
            "the stack has no rules in regions that its config does not name; the log path covers all regions",
            True,
        )
    evidence = [proof.of(trace) for trace in touch.traces]
    unmatched = [(trace, each) for trace, each in zip(touch.traces, evidence, strict=True) if not each.rule]
    rules = tuple(dict.fromkeys(each.rule for each in evidence if each.rule))
    if not unmatched:
        return "proved", rules, "", all(each.verified for each in evidence)
    undeclared = [trace for trace, each in unmatched if not (each.gap or touch.unwatched)]
    if not undeclared:
        return "gap", rules, "; ".join(dict.fromkeys(each.gap or touch.unwatched for _, each in unmatched)), True
    others = f" (and {len(undeclared) - 1} more)" if len(undeclared) > 1 else ""
    return "hole", rules, f"no rule matches {undeclared[0].label}{others}", True


@dataclass(frozen=True)
class _Evidence:
    rule: str = ""
    verified: bool = True
    gap: str = ""


@dataclass(frozen=True)
class _Proof:
    """Search for a rule that matches a record of a decoy on one path.

    A detection made for another decoy doesn't count: it would name the wrong one.
    """

    deployment: Deployment
    detections: Sequence[StackDetection]
    decoy: Decoy
    path: Path

    def of(self, trace: Trace) -> _Evidence:
        for records, verified in ((trace.documented, True), (trace.expected, False)):
            for record in records:
                if rule := next(self._rules(record), None):
                    return _Evidence(rule, verified)
        return _Evidence(gap=next(self._declared((*trace.documented, *trace.expected)), ""))

    def _rules(self, record: Record) -> Iterator[str]:
        matching = self.deployment.match_on_event_path if self.path == "E" else self.deployment.match_on_log_path
        return (each.rule.name for each in matching(record) if self._concerns(each))

    def _declared(self, records: Sequence[Record]) -> Iterator[str]:
        """Return the declared gaps of rules that match one of the records but aren't on this path."""
        single = [each for each in self.detections if each.rule.count is None and self._concerns(each)]
        for each in single:
            gap = each.compiled.gaps.get(_BACK_END[self.path])
            if gap and any(each.rule.condition.matches(record) for record in records):
                yield f"{each.rule.name}: {gap}"

    def _concerns(self, detection: StackDetection) -> bool:
        return detection.decoy in (None, self.decoy)
