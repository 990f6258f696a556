"""The rules that are named on the command line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deadfall.config import StackConfig
from deadfall.rules import catalog
from deadfall.rules.compiler import CompiledRule, try_compile
from deadfall.rules.sigma.parse import RuleError


@dataclass(frozen=True)
class Selected:
    """One rule of a file as each back end has it; for each of its decoys if it is made for decoys."""

    file: Path
    name: str
    variants: tuple[CompiledRule, ...]


def file_of(name: str) -> Path:
    """A file, or the rule that ships under this name.

    Raises:
        RuleError: there is neither.
    """
    if Path(name).is_file():
        return Path(name)
    shipped = {file.stem: file for file in catalog.files()}
    if name not in shipped:
        raise RuleError(f"there is no file and no rule '{name}'; `deadfall rules list` shows all rules")
    return shipped[name]


def selected(names: Sequence[str], config: StackConfig) -> list[Selected]:
    """The rules in these files or of these names; without names, all that ship."""
    files = [file_of(name) for name in names] if names else catalog.files()
    return [each for file in files for each in of_file(file, config)]


def of_file(file: Path, config: StackConfig) -> Iterator[Selected]:
    """The rules of a file.

    Raises:
        RuleError: it can't be used.
    """
    by_id: dict[str, list[CompiledRule]] = {}
    for rule, _ in catalog.rules_in(file, config):
        by_id.setdefault(rule.id, []).append(try_compile(rule))
    for variants in by_id.values():
        yield Selected(file, variants[0].rule.name, tuple(variants))
