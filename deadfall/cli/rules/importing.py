"""`deadfall rules import`."""

import shlex
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from deadfall.config import StackConfig
from deadfall.hunt.database import Database, Searched
from deadfall.hunt.folder import Folder
from deadfall.hunt.span import Span
from deadfall.patterns.condition import And, Condition, Keyword, Not, Or
from deadfall.rules import catalog
from deadfall.rules.compiler import CompiledRule, try_compile
from deadfall.rules.examples import ExampleError, examples
from deadfall.rules.sigma.back_end import NotExpressibleError, targets
from deadfall.rules.sigma.parse import RuleError
from deadfall.rules.sigma.record_fields import FIELDS
from deadfall.rules.sigma.rule import Rule
from deadfall.rules.sigma.sql.athena_table import COLUMNS
from deadfall.stack_files import config_of

from . import output
from .back_ends import Outcome, outcomes
from .cost import SOURCE, cost
from .options import AsJson, Stack

# Beside those that record_fields.py and Athena's table name: CloudTrail's guide, "record contents", "Insights events".
_TOP_LEVEL = {"managementEvent", "eventContext", "insightDetails", "annotation", "tlsDetails", "edgeDeviceDetails"}


@dataclass(frozen=True)
class Imported:
    """A rule of a file; `error` is why there is none."""

    file: Path
    rule: CompiledRule | None = None
    outcomes: dict[str, Outcome] | None = None
    error: str | None = None

    @property
    def compiled(self) -> bool:
        return any(isinstance(made, list) for made in (self.outcomes or {}).values())


@dataclass(frozen=True)
class Matched:
    """How many of some records match; None if that can't be asked."""

    records: int | None
    of: int
    among: str

    @property
    def sentence(self) -> str:
        if self.records is None:
            return f"not known, for SQL can't say the rule ({self.among})"
        return f"{self.records} of {self.of} records ({self.among})"


def import_rules(
    files: Annotated[list[Path], typer.Argument(help="Files of Sigma YAML, or folders of them.")],
    against: Annotated[
        Path | None, typer.Option(help="A folder of CloudTrail's files: how many of their records would match.")
    ] = None,
    stack: Stack = "dev",
    as_json: AsJson = False,
) -> None:
    """Say of Sigma rules of others what each back end makes of them, what they cost, and what they would match.

    Nothing is written. Exit status 1 if a file compiled to none.
    """
    with output.one_sentence():
        config = config_of(stack)
        found = [each for file in _files(files) for each in _imported(file, config)]
        rules = [each.rule for each in found if each.rule]
        matched = _in_archive(rules, against) if against else _in_examples(rules, config)
    numbers = iter(matched)
    results = [_result(each, next(numbers) if each.rule else None, config) for each in found]
    if as_json:
        output.emit_json(results)
    else:
        for result in results:
            _print(result)
        _print_sum(found)
    if not all(each.compiled for each in found):
        raise typer.Exit(output.NO)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(file for ending in ("*.yml", "*.yaml") for file in path.rglob(ending))
            if not inside:
                raise RuleError(f"{path}: has no .yml or .yaml in it; name a folder of Sigma rules")
            yield from inside
        elif path.is_file():
            yield path
        else:
            raise RuleError(f"{path}: there is no such file or folder")


def _imported(file: Path, config: StackConfig) -> Iterator[Imported]:
    try:
        rules = [rule for rule, _ in catalog.rules_in(file, config)]
    except RuleError as error:
        yield Imported(file, error=str(error))
        return
    if not rules:
        yield Imported(file, error=f"{file.stem}: there is no rule in it for this stack")
    for rule in rules:
        try:
            yield Imported(file, try_compile(rule), outcomes(rule))
        except NotExpressibleError as error:  # its cis: of what a back end can't say there is an outcome
            yield Imported(file, error=str(error))


# What it would match


def _in_archive(rules: Sequence[CompiledRule], path: Path) -> list[Matched]:
    """As a hunt finds them: of a rule that counts, the records with which its count was reached."""
    folder = Folder([path])
    files = folder.files(Span())
    if not files:
        raise RuleError(f"{path}: has no CloudTrail files in it; they end in .json or .json.gz")
    asked = [replace(each.rule, name=str(number)) for number, each in enumerate(rules) if "sql" not in each.gaps]
    hits: Counter[str] = Counter()
    searched = Searched()
    with tempfile.TemporaryDirectory() as spill, Database(asked, Span(), Path(spill)) as database:
        for batch in folder.batches(files) if asked else ():
            searched += database.search(list(batch.files))
        hits.update(found.rule for found in database.found())
    for broken in searched.broken:
        output.say(f"skipped: {broken.file}: {broken.reason}")
    return [
        Matched(None if "sql" in each.gaps else hits[str(number)], searched.records, str(path))
        for number, each in enumerate(rules)
    ]


def _in_examples(rules: Sequence[CompiledRule], config: StackConfig) -> list[Matched]:
    """Of the records beside the rules that ship: a rule that matches none of them may still be good."""
    records = []
    for file in catalog.files():
        try:
            records += [record for example in examples(file) for record in example.records]
        except ExampleError:
            continue
    among = "the examples in detections/tests; --against asks others"
    return [Matched(sum(map(each.rule.condition.matches, records)), len(records), among) for each in rules]


# What is said of it


def _result(each: Imported, matched: Matched | None, config: StackConfig) -> dict[str, Any]:
    if each.rule is None or each.outcomes is None:
        return {"file": str(each.file), "error": each.error}
    regions = each.rule.regions(config.detection_regions)
    price = cost(each.rule, regions)
    return {
        "file": str(each.file),
        "name": each.rule.rule.name,
        "title": each.rule.rule.title,
        "level": each.rule.rule.level,
        "back_ends": {
            target: {"gap": _unnamed(str(made), each.rule.rule)}
            if isinstance(made, NotExpressibleError)
            else {"compiled": made}
            for target, made in each.outcomes.items()
        },
        "unknown_fields": unknown_fields(each.rule.rule),
        "regions": list(regions),
        "matches_reads": each.rule.matches_reads,
        "cost": {**asdict(price), "fixed": price.fixed, "with_hits": price.with_hits, "sentence": price.sentence},
        "matches": asdict(matched) | {"sentence": matched.sentence} if matched else None,
    }


def _unnamed(sentence: str, rule: Rule) -> str:
    """Without the rule's name, which stands above it."""
    return sentence.removeprefix(f"{rule.name}: ")


def unknown_fields(rule: Rule) -> list[str]:
    """Fields that no CloudTrail record has, so that nothing matches what is asked of them."""
    if rule.service != "cloudtrail":
        return []
    known = {field.split(".")[0] for field in FIELDS} | COLUMNS.keys() | _TOP_LEVEL
    return sorted(field for field in set(_fields(rule.condition)) if field.split(".")[0] not in known)


def _fields(condition: Condition) -> Iterator[str]:
    match condition:
        case And() | Or():
            for inner in condition.of:
                yield from _fields(inner)
        case Not():
            yield from _fields(condition.of)
        case Keyword():
            return
        case _:
            yield condition.field


def _print(result: dict[str, Any]) -> None:
    output.tell(result["file"])
    if "error" in result:
        output.tell(f"  refused        {result['error']}\n")
        return
    for target, made in result["back_ends"].items():
        output.tell(f"  {target:<15}{made.get('gap') or _number(len(made['compiled']), target)}")
    for field in result["unknown_fields"]:
        output.tell(
            f"  no such field  CloudTrail's records have no {field}: what is asked of it never holds; correct it"
        )
    reads = "reads too" if result["matches_reads"] else "no reads"
    output.tell(f"  regions        {', '.join(result['regions'])} ({reads})")
    output.tell(f"  cost           {result['cost']['sentence']}")
    output.tell(f"  would match    {result['matches']['sentence']}\n")


def _number(count: int, target: str) -> str:
    query = targets()[target].query
    return f"{count} {query}" if count == 1 else f"{count} {query}s"


def _print_sum(found: Sequence[Imported]) -> None:
    files = {each.file for each in found}
    parts = [f"{sum(isinstance((each.outcomes or {}).get(to), list) for each in found)} by {to}" for to in targets()]
    number = "1 file" if len(files) == 1 else f"{len(files)} files"
    output.say(f"{number}: {', '.join(parts)}. Costs: {SOURCE}.")
    good = [each.file for each in found if each.rule and not each.rule.gaps]
    if good:
        listed = " ".join(shlex.quote(str(file)) for file in dict.fromkeys(good))
        output.say(f"To use those that every back end can say: cp {listed} detections/")
    if any(each.rule and each.rule.gaps for each in found):
        output.say("A rule with a gap must say so first: deadfall.gaps.<back end>, with the reason (docs/rules.md).")
