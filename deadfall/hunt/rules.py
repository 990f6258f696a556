"""Which rules a hunt asks."""

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
    """A rule that is asked. `decoy` is the one that it watches, if it is made for one."""

    rule: Rule
    title: str
    decoy: Decoy | None = None


def chosen(names: Sequence[str], config: StackConfig) -> list[Hunted]:
    """The rules that are called so, by name or by file; without any, all that ship and that CloudTrail's files can
    answer.

    Raises:
        RuleError, NotExpressibleError: a rule can't be used.
        HuntError: there is no such rule, or CloudTrail's files don't hold what it is about.
    """
    if names:
        return [hunted for name in dict.fromkeys(names) for hunted in _called(name, config)]
    shipped = [_hunted(each) for each in detections(config) if "sql" not in each.compiled.gaps]
    return [each for each in shipped if _huntable(each)]


def check(hunted: Hunted, table: Table) -> None:
    """Raises NotExpressibleError if the table can't answer the rule."""
    hits([hunted.rule], table)


def asked(hunted: Sequence[Hunted]) -> list[Rule]:
    """The rules, called by their numbers: those of one file, or for several decoys, have the same name."""
    return [replace(each.rule, name=str(number)) for number, each in enumerate(hunted)]


def _called(name: str, config: StackConfig) -> list[Hunted]:
    if name.endswith(_FILES):
        found = [Hunted(rule, title(rule, decoy), decoy) for rule, decoy in rules_in(Path(name), config)]
        if not found:
            raise HuntError(f"--rule {name}: is made for a kind of decoy that the stack doesn't plant")
    else:
        shipped = detections(config)
        found = [_hunted(each) for each in shipped if name in (each.rule.name, each.id)]
        if not found:
            known = ", ".join(sorted({each.rule.name for each in shipped}))
            raise HuntError(f"--rule {name}: there is no rule of that name; there are {known}; or name a file, *.yml")
    if not all(map(_huntable, found)):
        raise HuntError(f"--rule {name}: is about GuardDuty's findings, which are not in CloudTrail's files")
    return found


def _huntable(hunted: Hunted) -> bool:
    return hunted.rule.service == "cloudtrail"


def _hunted(detection: StackDetection) -> Hunted:
    return Hunted(detection.rule, detection.title, detection.decoy)
