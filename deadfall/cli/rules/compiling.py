"""`deadfall rules compile`."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from deadfall.rules import catalog
from deadfall.rules.dead_rules import dead_rule_warnings
from deadfall.rules.sigma.back_end import targets
from deadfall.rules.sigma.parse import RuleError
from deadfall.stack_files import config_of

from . import output
from .options import AsJson, Stack


def compile_rule(
    file: Annotated[str, typer.Argument(help="A Sigma YAML file, or - for standard input.")],
    to: Annotated[str, typer.Option(help="The back end.", metavar=f"[{'|'.join(targets())}]")],
    stack: Stack = "dev",
    as_json: AsJson = False,
) -> None:
    """Compile a rule to standard output. Exit status 1 if the back end can't express the rule.

    Warnings on standard error name what can never match.
    """
    with output.exit_on_error(), _file(file) as path:
        if to not in targets():
            raise RuleError(f"--to {to}: no such back end; use {', '.join(targets())}")
        back_end = targets()[to]
        config = config_of(stack)
        rules = [rule for rule, _ in catalog.rules_in(path, config)]
        if not rules:
            raise RuleError(
                f"{path.stem}: the rule needs a kind of decoy that stack {stack} doesn't plant; use another --stack"
            )
        warnings = [dead_rule_warnings(rule, config) for rule in rules]
        output.print_warnings(warning for of_rule in warnings for warning in of_rule)
        compiled = [(rule, back_end.write(rule, to)) for rule in rules]
    if as_json:
        output.emit_json(
            [
                {
                    "rule": rule.name,
                    "id": rule.id,
                    "to": to,
                    "compiled": list(made.queries),
                    "widenings": list(made.widenings),
                    "warnings": of_rule,
                }
                for (rule, made), of_rule in zip(compiled, warnings, strict=True)
            ]
        )
        return
    ending = ";" if back_end.path == "S" else ""
    for rule, made in compiled:
        for text in made.queries:
            output.emit(text + ending)
        output.print_note(f"{rule.name}: {back_end.targets[to]}.")
        for departure in rule.departures:
            output.print_note(f"{rule.name}: note: {departure}.")
        for why in made.widenings:
            output.print_note(f"{rule.name}: superset: {why}.")


@contextmanager
def _file(name: str) -> Iterator[Path]:
    if name != "-":
        yield Path(name)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "stdin.yml")
        path.write_bytes(sys.stdin.buffer.read())
        yield path
