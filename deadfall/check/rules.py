"""Check the rules of a stack: each by itself, all together, and which touches of the decoys they detect."""

from collections.abc import Sequence
from dataclasses import dataclass

from deadfall.config import StackConfig
from deadfall.rules import catalog
from deadfall.rules.coverage.cell import Cell, summary
from deadfall.rules.coverage.prove import coverage
from deadfall.rules.dead_rules import dead_rule_warnings
from deadfall.rules.detection import StackDetection
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.parse import RuleError

from .finding import Finding

_PATHS = {"E": "event path", "L": "log path"}
_FOLDER = catalog.DETECTIONS.name


@dataclass(frozen=True)
class CheckedRules:
    """The detections of a stack, as far as its rules are right, and what is wrong with the rules."""

    detections: Sequence[StackDetection]
    findings: Sequence[Finding]

    @property
    def are_right(self) -> bool:
        """Whether the program accepts the rules."""
        return all(finding.is_warning for finding in self.findings)


def check_rules(config: StackConfig) -> CheckedRules:
    """Compile every rule of a stack, those after a wrong one too."""
    findings: list[Finding] = []
    detections: list[StackDetection] = []
    try:
        files = catalog.files()
    except RuleError as error:
        return CheckedRules((), [Finding("rules", "", "", str(error))])
    for file in files:
        messages: dict[str, bool] = {}  # whether it is only a warning
        for found in catalog.rules_or_errors_in(file, config):
            if isinstance(found, RuleError):
                messages[str(found)] = False
                continue
            rule, decoy = found
            try:
                detection = catalog.detection_of(rule, decoy, config)
            except (RuleError, NotExpressibleError) as error:
                messages[str(error)] = False
                continue
            if detection:
                detections.append(detection)
                messages |= dict.fromkeys(dead_rule_warnings(rule, config), True)
        where = f"{_FOLDER}/{file.name}"
        findings += [Finding("rules", where, "", message, is_warning) for message, is_warning in messages.items()]
    for check in catalog.CHECKS_OF_ALL:
        try:
            check(detections, config)
        except (RuleError, NotExpressibleError) as error:
            findings.append(Finding("rules", "", _FOLDER, str(error)))
    return CheckedRules(detections, findings)


def unknown_detections(config: StackConfig) -> dict[str, str]:
    """Return the keys of `detections` that name no rule, each with what is wrong."""
    return catalog.unknown_detections(config, [file.stem for file in catalog.files()])


def check_coverage(config: StackConfig, detections: Sequence[StackDetection]) -> tuple[str, list[Finding]]:
    """Return the summary of the coverage, and a warning for each decoy with touches that no rule detects."""
    cells = coverage(config, detections)
    holes: dict[tuple[str, str, str], dict[str, None]] = {}
    for cell in cells:
        if cell.status == "hole":
            holes.setdefault((cell.kind, cell.decoy, cell.path), {})[_way(cell)] = None
    return summary(cells).removeprefix("coverage: ").partition(";")[0], [
        Finding(
            "coverage",
            "",
            f"{kind} {decoy}",
            f"the {_PATHS[path]} does not detect {', '.join(ways)}; enable the rules for it "
            "(`deadfall rules coverage` shows each)",
            is_warning=True,
        )
        for (kind, decoy, path), ways in holes.items()
    ]


def _way(cell: Cell) -> str:
    return cell.way if cell.outcome == "success" else f"{cell.outcome} {cell.way}"
