"""`deadfall rules import`."""

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from deadfall.config import StackConfig
from deadfall.rules import catalog
from deadfall.rules.compiler import CompiledRule, try_compile
from deadfall.rules.dead_rules import dead_rule_warnings
from deadfall.rules.examples import ExampleError, examples
from deadfall.rules.over_match import OverMatch
from deadfall.rules.sigma.back_end import Compiled, NotExpressibleError, targets
from deadfall.rules.sigma.back_end import Path as BackEndPath
from deadfall.rules.sigma.parse import RuleError
from deadfall.rules.sigma.rule import Rule
from deadfall.stack_files import config_of

from . import output
from .archive import over_matches, print_skipped, search_archive
from .back_ends import Outcome, outcomes
from .cost import SOURCE, cost
from .options import AsJson, Stack

_PATHS: Mapping[BackEndPath, str] = {"E": "event path", "L": "log path"}


@dataclass(frozen=True)
class Imported:
    """A rule of a file, or the `error` that prevents its use."""

    file: Path
    rule: CompiledRule | None = None
    outcomes: dict[str, Outcome] | None = None
    error: str | None = None

    @property
    def compiled(self) -> bool:
        return any(isinstance(made, Compiled) for made in (self.outcomes or {}).values())


@dataclass(frozen=True)
class MatchCount:
    """How many of the records `of` a source match a rule; None if SQL can't express the rule."""

    records: int | None
    of: int
    among: str

    @property
    def sentence(self) -> str:
        if self.records is None:
            return f"unknown: SQL can't express the rule ({self.among})"
        return f"{self.records} of {self.of} records ({self.among})"


def import_rules(
    files: Annotated[list[Path], typer.Argument(help="Sigma YAML files, or folders of them.")],
    against: Annotated[
        Path | None, typer.Option(help="Count the matching records in this folder of CloudTrail files.")
    ] = None,
    stack: Stack = "dev",
    as_json: AsJson = False,
) -> None:
    """Try out third-party Sigma rules: what they compile to, what they cost and what they would match.

    No files are written. Exit status 1 if a file compiles for no back end.
    """
    with output.exit_on_error():
        config = config_of(stack)
        imported = [each for file in _files(files) for each in _import(file, config)]
        rules = [each.rule for each in imported if each.rule]
        counts, extra = _count_in_archive(rules, against) if against else _count_in_examples(rules)
    remaining = zip(counts, extra, strict=True)
    results = [_result(each, *(next(remaining) if each.rule else (None, None)), config) for each in imported]
    if as_json:
        output.emit_json(results)
    else:
        for result in results:
            _print(result)
        _print_summary(imported)
    if not all(each.compiled for each in imported):
        raise typer.Exit(output.FAILED)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(file for ending in ("*.yml", "*.yaml") for file in path.rglob(ending) if _is_rule(file))
            if not inside:
                raise RuleError(f"{path}: contains no .yml or .yaml file; give a folder of Sigma rules")
            yield from inside
        elif path.is_file():
            yield path
        else:
            raise RuleError(f"{path}: no such file or folder")


def _is_rule(file: Path) -> bool:
    """Return whether it is a file; a link to nothing is one that can't be read."""
    return file.is_file() or (file.is_symlink() and not file.exists())


def _import(file: Path, config: StackConfig) -> Iterator[Imported]:
    found = list(catalog.rules_or_errors_in(file, config))
    if not found:
        yield Imported(file, error=f"{file.stem}: contains no rule for this stack")
    for each in found:
        if isinstance(each, RuleError):
            yield Imported(file, error=str(each))
            continue
        rule, _ = each
        try:
            yield Imported(file, try_compile(rule), outcomes(rule))
        except NotExpressibleError as error:  # only from `cis`: outcomes() records what back ends can't express
            yield Imported(file, error=str(error))


def _count_in_archive(rules: Sequence[CompiledRule], path: Path) -> tuple[list[MatchCount], list[OverMatch]]:
    """Return what a hunt would report; for a rule with a threshold, the records that reached it."""
    expressible = [replace(each.rule, name=str(number)) for number, each in enumerate(rules) if "sql" not in each.gaps]
    hits: Counter[str] = Counter()
    searched = search_archive(expressible, path, lambda found: hits.update([found.rule]))
    counts = [
        MatchCount(None if "sql" in each.gaps else hits[str(number)], searched.records, str(path))
        for number, each in enumerate(rules)
    ]
    print_skipped(searched)
    extra, _ = over_matches(rules, path)
    return counts, extra


def _count_in_examples(rules: Sequence[CompiledRule]) -> tuple[list[MatchCount], list[OverMatch]]:
    """Count matches among the shipped rules' examples; a useful rule may match none of them."""
    records = []
    for file in catalog.files():
        try:
            records += [record for example in examples(file) for record in example.records]
        except ExampleError:
            continue
    among = "the examples in detections/tests; use --against for your own records"
    counts = [MatchCount(sum(map(each.rule.condition.matches, records)), len(records), among) for each in rules]
    extra = [OverMatch(each) for each in rules]
    for each in extra:
        each.count(records)
    return counts, extra


def _result(each: Imported, matches: MatchCount | None, extra: OverMatch | None, config: StackConfig) -> dict[str, Any]:
    if each.rule is None or each.outcomes is None:
        return {"file": str(each.file), "error": each.error}
    compiled, rule = each.rule, each.rule.rule
    regions = compiled.regions(config.detection_regions)
    price = cost(compiled, regions)
    return {
        "file": str(each.file),
        "name": rule.name,
        "title": rule.title,
        "level": rule.level,
        "back_ends": {
            target: {"gap": _without_name(str(made), rule)}
            if isinstance(made, NotExpressibleError)
            else {"compiled": list(made.queries), "widenings": list(made.widenings)}
            for target, made in each.outcomes.items()
        },
        "warnings": [_without_name(each, rule) for each in dead_rule_warnings(rule, config)],
        "notes": list(rule.departures),
        "regions": list(regions),
        "matches_reads": compiled.matches_reads,
        "cost": {**asdict(price), "fixed": price.fixed, "with_hits": price.with_hits, "sentence": price.sentence},
        "matches": asdict(matches) | {"sentence": matches.sentence} if matches else None,
        "extra": {_PATHS[path]: extra.extra[path] for path in compiled.supersets} if extra else None,
    }


def _without_name(sentence: str, rule: Rule) -> str:
    """Remove the rule's name, which is printed above."""
    return sentence.removeprefix(f"{rule.name}: ")


def _print(result: dict[str, Any]) -> None:
    output.print_text(result["file"])
    if "error" in result:
        output.print_text(f"  refused        {result['error']}\n")
        return
    for target, made in result["back_ends"].items():
        output.print_text(f"  {target:<15}{made.get('gap') or _number(len(made['compiled']), target)}")
        for why in made.get("widenings", ()):
            output.print_text(f"  {'superset':<15}{why}")
    for note in result["notes"]:
        output.print_text(f"  note           {note}")
    for warning in result["warnings"]:
        output.print_text(f"  warning        {warning}")
    reads = "including reads" if result["matches_reads"] else "write events only"
    output.print_text(f"  regions        {', '.join(result['regions'])} ({reads})")
    output.print_text(f"  cost           {result['cost']['sentence']}")
    output.print_text(f"  would match    {result['matches']['sentence']}")
    for path, number in result["extra"].items():
        output.print_text(f"  extra          {number} more on the {path}, which the responder rejects")
    output.print_text("")


def _number(count: int, target: str) -> str:
    query = targets()[target].query
    return f"{count} {query}" if count == 1 else f"{count} {query}s"


def _summary(compiled: Sequence[Compiled], to: str) -> str:
    supersets = sum(bool(each.widenings) for each in compiled)
    return f"{len(compiled)} for {to}" + (f" ({supersets} as a superset)" if supersets else "")


def _print_summary(imported: Sequence[Imported]) -> None:
    files = {each.file for each in imported}
    parts = [
        _summary([made for each in imported if isinstance(made := (each.outcomes or {}).get(to), Compiled)], to)
        for to in targets()
    ]
    number = "1 file" if len(files) == 1 else f"{len(files)} files"
    output.print_note(f"{number}: {', '.join(parts)}. Costs: {SOURCE}.")
    incomplete = {each.file for each in imported if not each.rule or each.rule.gaps or each.rule.rule.departures}
    complete = [each.file for each in imported if each.file not in incomplete]
    if any(each.rule and each.rule.rule.departures for each in imported):
        output.print_note("Before using a rule with a note, correct it: rules in detections/ must have none.")
    if complete:
        listed = " ".join(shlex.quote(str(file)) for file in dict.fromkeys(complete))
        output.print_note(f"To use the rules that every back end can express: cp {listed} detections/")
    if any(each.rule and each.rule.gaps for each in imported):
        output.print_note(
            "Before using a rule with a gap, declare it with its reason in deadfall.gaps (docs/rules.md)."
        )
