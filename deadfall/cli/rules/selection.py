"""Resolve the rules named on the command line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deadfall.config import StackConfig
from deadfall.decoy import Decoy
from deadfall.rules import catalog
from deadfall.rules.compiler import CompiledRule, try_compile
from deadfall.rules.sigma.parse import RuleError


@dataclass(frozen=True)
class SelectedRule:
    """One rule of a file, compiled; a rule with `deadfall.decoy` has one variant for each of `decoys`."""

    file: Path
    name: str
    variants: tuple[CompiledRule, ...]
    decoys: tuple[Decoy | None, ...]


def file_of(name: str) -> Path:
    """Return the file at this path, or the shipped rule of this name.

    Raises:
        RuleError: neither exists.
    """
    if Path(name).is_file():
        return Path(name)
    shipped = {file.stem: file for file in catalog.files()}
    if name not in shipped:
        raise RuleError(f"no file or rule '{name}'; `deadfall rules list` shows all rules")
    return shipped[name]


def select_rules(names: Sequence[str], config: StackConfig) -> list[SelectedRule]:
    """Return the rules with these file or rule names; without names, all shipped rules."""
    files = [file_of(name) for name in names] if names else catalog.files()
    return [each for file in files for each in _rules_of_file(file, config)]


def _rules_of_file(file: Path, config: StackConfig) -> Iterator[SelectedRule]:
    """Compile the rules of a file.

    Raises:
        RuleError: the file is invalid.
    """
    by_rule: dict[tuple[str, str], list[tuple[CompiledRule, Decoy | None]]] = {}
    for rule, decoy in catalog.rules_in(file, config):  # third-party rules may have no id
        by_rule.setdefault((rule.id, rule.title), []).append((try_compile(rule), decoy))
    for of_rule in by_rule.values():
        variants, decoys = zip(*of_rule, strict=True)
        yield SelectedRule(file, variants[0].rule.name, variants, decoys)
