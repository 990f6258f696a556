"""Count a rule's matches in a folder of CloudTrail files."""

import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from deadfall.hunt.database import Broken, Database, Found, Searched
from deadfall.hunt.folder import Folder
from deadfall.hunt.span import Span
from deadfall.rules.compiler import CompiledRule
from deadfall.rules.over_match import OverMatch, named_calls
from deadfall.rules.sigma.parse import RuleError
from deadfall.rules.sigma.rule import Rule

from . import output

_DAY = re.compile(r"/(\d{4}/\d\d/\d\d)/")


def search_archive(rules: Sequence[Rule], path: Path, receive: Callable[[Found], None]) -> Searched:
    """Search the files, and pass on each match.

    Raises:
        RuleError: there are no files.
    """
    folder = Folder([path])
    listing = folder.files(Span())
    if not listing.files:
        raise RuleError(f"{path}: contains no CloudTrail files (.json or .json.gz)")
    searched = Searched(broken=tuple(Broken(Path(name), reason) for name, reason in listing.skipped.items()))
    if not rules:
        return searched
    with tempfile.TemporaryDirectory() as spill, Database(rules, Span(), Path(spill)) as database:
        for batch in folder.batches(listing.files):
            searched += database.search(list(batch.files))
        searched += database.finish()
        for found in database.found():
            receive(found)
    return searched


def print_skipped(searched: Searched) -> None:
    for broken in searched.broken:
        output.print_note(f"skipped: {broken.file or 'one record'}: {broken.reason}")


def over_matches(rules: Sequence[CompiledRule], path: Path) -> tuple[list[OverMatch], Searched]:
    """Count for each rule with a superset what it matches, and what the superset matches beyond it."""
    counted = [OverMatch(each) for each in rules]
    wide = [replace(named_calls(each.rule), name=str(number)) for number, each in enumerate(rules) if each.supersets]
    searched = search_archive(wide, path, lambda found: counted[int(found.rule)].count([found.record]))
    return counted, searched


def days_of(path: Path) -> int:
    """Return the number of days whose folders (YYYY/MM/DD) have files below a path; 0 if folders have no days."""
    return len({day for file in Folder([path]).files(Span()).files for day in _DAY.findall(file.name)[-1:]})
