"""Select the rules of a hunt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deadfall.config import StackConfig
from deadfall.decoy import Decoy
from deadfall.rules.catalog import detections, rules_in, title
from deadfall.rules.detection import StackDetection
from deadfall.rules.sigma.rule import Rule
from deadfall.rules.sigma.sql.query import hits
from deadfall.rules.sigma.sql.table import Table

from .error import HuntError

_FILES = (".yml", ".yaml")


@dataclass(frozen=True)
class Hunted:
    """A rule to hunt with. `decoy` is the decoy that it watches, if any."""

    rule: Rule
    title: str
    decoy: Decoy | None = None


def select_rules(names: Sequence[str], config: StackConfig) -> list[Hunted]:
    """Return the rules with these names or in these files; without names, every shipped rule that can be evaluated
    on CloudTrail's files.

    Raises:
        RuleError, NotExpressibleError: a rule can't be used.
        HuntError: there is no such rule, or CloudTrail's files don't contain its events.
    """
    if names:
        return [hunted for name in dict.fromkeys(names) for hunted in _called(name, config)]
    shipped = [_hunted(each) for each in detections(config) if "sql" not in each.compiled.gaps]
    return [each for each in shipped if _huntable(each)]


def check(hunted: Hunted, table: Table) -> None:
    """Raise NotExpressibleError if the rule can't be expressed on the table."""
    hits([hunted.rule], table)


def numbered_rules(hunted: Sequence[Hunted]) -> list[Rule]:
    """Return the rules named by their numbers, since rules of one file or for several decoys share a name."""
    return [replace(each.rule, name=str(number)) for number, each in enumerate(hunted)]


def _called(name: str, config: StackConfig) -> list[Hunted]:
    if name.endswith(_FILES):
        found = [Hunted(rule, title(rule, decoy), decoy) for rule, decoy in rules_in(Path(name), config)]
        if not found:
            raise HuntError(f"--rule {name}: this rule is for a kind of decoy that the stack doesn't have")
    else:
        shipped = detections(config)
        found = [_hunted(each) for each in shipped if name in (each.rule.name, each.id)]
        if not found:
            known = ", ".join(sorted({each.rule.name for each in shipped}))
            raise HuntError(f"--rule {name}: no rule has this name; use one of {known}, or a Sigma file (*.yml)")
    if not all(map(_huntable, found)):
        raise HuntError(f"--rule {name}: this rule matches GuardDuty findings, which are not in CloudTrail's files")
    return found


def _huntable(hunted: Hunted) -> bool:
    return hunted.rule.service == "cloudtrail"


def _hunted(detection: StackDetection) -> Hunted:
    return Hunted(detection.rule, detection.title, detection.decoy)
