"""`deadfall rules test`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from deadfall.rules.backend_evaluation import evaluate_event_patterns, evaluate_metric_filters, evaluate_sql
from deadfall.rules.compiler import CompiledRule
from deadfall.rules.counting import reaches_threshold
from deadfall.rules.dead_rules import dead_rule_warnings
from deadfall.rules.examples import Example, examples
from deadfall.stack_files import config_of

from . import output
from .options import AsJson, Stack
from .selection import SelectedRule, select_rules

Answer = bool | None
"""None: the back end can't express the rule."""

_BY = ("reference", "eventbridge", "metric-filter", "duckdb")


@dataclass(frozen=True)
class Tried:
    """One example, and whether the reference evaluation and each back end's form of the rule match it."""

    rule: str
    example: Example
    answers: Mapping[str, Answer]

    @property
    def wrong(self) -> list[str]:
        return [by for by, answer in self.answers.items() if answer is not None and answer != self.example.matches]


def test(
    names: Annotated[list[str] | None, typer.Argument(help="Rule names or files; default: all shipped rules.")] = None,
    stack: Stack = "dev",
    as_json: AsJson = False,
) -> None:
    """Run every rule's examples through every back end. Exit status 1 if a result is wrong.

    The examples are in tests/<rule>.json beside the rule's file; the shipped ones are for the stack dev.
    """
    with output.exit_on_error():
        config = config_of(stack)
        rules = select_rules(names or [], config)
        output.print_warnings(
            warning
            for rule in rules
            for variant in rule.variants
            for warning in dead_rule_warnings(variant.rule, config)
        )
        tried = try_all(rules)
    wrong = [each for each in tried if each.wrong]
    if as_json:
        output.emit_json([_json(each) for each in tried])
    else:
        _print(tried, each_example=bool(names))
        for each in wrong:
            expected = "must match but doesn't" if each.example.matches else "must not match but does"
            output.print_text(f"{each.rule}: '{each.example.case}' {expected} in {', '.join(each.wrong)}.")
    output.print_note(
        f"{len(tried)} examples of {len({each.rule for each in tried})} rules, {len(wrong)} with wrong results."
    )
    if wrong:
        raise typer.Exit(output.FAILED)


def try_all(rules: Sequence[SelectedRule]) -> list[Tried]:
    """Run every example of these rules, with a single database query for all of them."""
    cases = [examples(rule.file) for rule in rules]
    records = [record for of_rule in cases for example in of_rule for record in example.records]
    by_sql = evaluate_sql([variant.rule.condition for rule in rules for variant in rule.variants], records)
    columns, start = iter(by_sql), 0
    tried: list[Tried] = []
    for rule, of_rule in zip(rules, cases, strict=True):
        end = start + sum(len(example.events) for example in of_rule)
        variants = [
            (variant, _hits(variant, of_rule, sql[start:end] if sql else None))
            for variant, sql in zip(rule.variants, columns, strict=False)
        ]
        tried += _tried(rule.name, variants, of_rule)
        start = end
    return tried


_Hits = Mapping[str, list[bool] | None]


def _hits(compiled: CompiledRule, cases: Sequence[Example], sql: list[bool] | None) -> _Hits:
    """Return for the reference and each back end which events of the cases match, in order."""
    events = [event for example in cases for event in example.events]
    records = [event["detail"] for event in events]
    return {
        "reference": [compiled.rule.condition.matches(record) for record in records],
        "eventbridge": evaluate_event_patterns(compiled, events),
        "metric-filter": evaluate_metric_filters(compiled, records),
        "duckdb": None if "sql" in compiled.gaps else sql,
    }


def _tried(name: str, variants: Sequence[tuple[CompiledRule, _Hits]], cases: Sequence[Example]) -> Iterator[Tried]:
    start = 0
    for example in cases:
        end = start + len(example.events)
        here = slice(start, end)
        answers = {
            by: _any(_answer(variant, example.records, hits[by], here) for variant, hits in variants) for by in _BY
        }
        yield Tried(name, example, answers)
        start = end


def _answer(compiled: CompiledRule, records: Sequence[Any], hits: list[bool] | None, here: slice) -> Answer:
    """Return whether the example matches; back ends match single events, so a threshold is applied to their matches."""
    if hits is None:
        return None
    matching = (record for record, hit in zip(records, hits[here], strict=True) if hit)
    return reaches_threshold(compiled.rule.count, matching)


def _any(answers: Iterable[Answer]) -> Answer:
    """Return whether one variant matches: a rule compiled for each decoy matches if it does for one of them."""
    known = [answer for answer in answers if answer is not None]
    return any(known) if known else None


def _print(tried: Sequence[Tried], *, each_example: bool) -> None:
    if each_example:
        table = output.table("rule", "example", "must", *_BY)
        for each in tried:
            must = "match" if each.example.matches else "ignore"
            marks = [_mark(each.answers[by], each.example.matches) for by in _BY]
            table.add_row(output.cell(each.rule), output.cell(each.example.case), output.cell(must), *marks)
    else:
        table = output.table("rule", "must match", "must not", *_BY)
        for name in dict.fromkeys(each.rule for each in tried):
            of_rule = [each for each in tried if each.rule == name]
            matches = sum(each.example.matches for each in of_rule)
            counts = (output.cell(number) for number in (matches, len(of_rule) - matches))
            table.add_row(output.cell(name), *counts, *(_summary(of_rule, by) for by in _BY))
    output.screen().print(table)


def _mark(answer: Answer, expected: bool) -> Any:
    if answer is None:
        return output.cell("gap", "dim")
    return output.cell("matches" if answer else "ignores", "" if answer == expected else "bold red")


def _summary(tried: Sequence[Tried], by: str) -> Any:
    if all(each.answers[by] is None for each in tried):
        return output.cell("gap", "dim")
    right = sum(by not in each.wrong for each in tried)
    return output.cell(f"{right}/{len(tried)}", "" if right == len(tried) else "bold red")


def _json(each: Tried) -> dict[str, Any]:
    return {
        "rule": each.rule,
        "case": each.example.case,
        "source": each.example.source,
        "must_match": each.example.matches,
        "answers": dict(each.answers),
        "wrong": each.wrong,
    }
