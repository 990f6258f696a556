"""`deadfall check`."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from deadfall.check.finding import Finding
from deadfall.check.stack import CheckError, Report
from deadfall.check.stack import check as check_stack
from deadfall.printable import printable

_LONGEST = 2000


def check(
    stack: Annotated[str, typer.Option(help="The stack: Pulumi.<stack>.yaml.")],
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Check a stack's config, rules, coverage and guardrails, without the Pulumi CLI and without AWS.

    Reports every mistake, one line each. Exit status 1 if there are mistakes, 2 if there is no such stack file.
    """
    try:
        report = check_stack(stack)
    except CheckError as error:
        _note(f"error: {error}")
        raise typer.Exit(2) from None
    if as_json:
        print(json.dumps(_document(report), indent=2))
    else:
        for finding in report.findings:
            print(_ascii(str(finding)))
        _note(_summary(report))
    if report.mistakes:
        raise typer.Exit(1)


def _note(text: str) -> None:
    Console(stderr=True, soft_wrap=True).print(_ascii(text), markup=False, highlight=False)


def _ascii(text: str) -> str:
    return printable(text.replace("…", "..."), _LONGEST)


def _summary(report: Report) -> str:
    warnings = len(report.findings) - report.mistakes
    found = f"{_number(report.mistakes, 'mistake')}, {_number(warnings, 'warning')}"
    checked = [f"{report.detections} detections"]
    checked += [f"coverage ({report.coverage})"] if report.coverage else []
    checked += [f"{report.guardrails} guardrails"] if report.guardrails else []
    return f"{report.file}: {found}. Checked config, {', '.join(checked)}."


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _document(report: Report) -> dict[str, object]:
    return {
        "stack": report.stack,
        "file": report.file,
        "mistakes": report.mistakes,
        "findings": [_finding(each) for each in report.findings],
        "checked": {
            "detections": report.detections,
            "coverage": report.coverage,
            "guardrails": report.guardrails,
        },
    }


def _finding(finding: Finding) -> dict[str, object]:
    fields = asdict(finding)
    return {"severity": "warning" if fields.pop("is_warning") else "error", **fields}
