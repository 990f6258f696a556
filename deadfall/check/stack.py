"""Check a stack: read its file, and run every check, also after one that found mistakes."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deadfall.config import StackConfig, Validation, without_mistakes
from deadfall.field_types import quoted
from deadfall.stack_files import folder_of

from . import config as config_check
from .finding import Finding
from .guardrails import check_guardrails
from .rules import check_coverage, check_rules, unknown_detections
from .stack_text import StackText, StackTextError, read

_STACK = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)  # what the Pulumi CLI accepts


class CheckError(Exception):
    """There is nothing to check; the message is one sentence that names the file or the option."""


@dataclass(frozen=True)
class Report:
    """The result of all checks. A part that could not be checked has no figure."""

    stack: str
    file: str
    findings: tuple[Finding, ...]
    detections: int
    coverage: str | None
    guardrails: int | None

    @property
    def mistakes(self) -> int:
        return sum(not each.is_warning for each in self.findings)


def check(stack: str) -> Report:
    """Check the stack of Pulumi.<stack>.yaml, in the current folder or else in the program's.

    Raises:
        CheckError: there is no such file, or it is not a stack file.
    """
    file = _file(stack)
    text = _read(file)
    validation = config_check.validation_of(text)
    usable = _with_known_detections(without_mistakes(validation))
    with ThreadPoolExecutor(1) as beside:  # the preview is another process
        guardrails = beside.submit(check_guardrails, stack, usable)
        findings = [*config_check.findings(file.name, text, validation), *_detections(file, text, validation)]
        rules = check_rules(usable)
        findings += rules.findings
        summary: str | None = None
        if rules.are_right:
            summary, holes = check_coverage(usable, rules.detections)
            findings += holes
        number, violations = guardrails.result()
    if not rules.are_right:  # the program stops at them, so there is no graph
        violations = [
            Finding("guardrails", "", "guardrails", "are not checked; correct the rules first", is_warning=True),
        ]
        number = 0
    return Report(
        stack, str(file), (*findings, *violations), len(rules.detections), summary, number if number else None
    )


def _detections(file: Path, text: StackText, validation: Validation) -> Iterator[Finding]:
    for message in unknown_detections(validation.config).values():
        line = text.line_of(("detections",))
        yield Finding("config", f"{file.name}:{line}" if line else file.name, "deadfall:detections", message)


def _with_known_detections(config: StackConfig) -> StackConfig:
    unknown = unknown_detections(config)
    return config.model_copy(
        update={"detections": {name: each for name, each in config.detections.items() if name not in unknown}}
    )


def _file(stack: str) -> Path:
    if not _STACK.fullmatch(stack):
        raise CheckError(f"--stack: {quoted(stack)} is not a stack's name; use A-Z, a-z, 0-9 and . _ - only")
    name = f"Pulumi.{stack}.yaml"
    folder = folder_of(stack)
    return Path(name) if folder == Path.cwd() else folder / name


def _read(file: Path) -> StackText:
    try:
        return read(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise CheckError(
            f"there is no {file.name} in {Path.cwd()}; correct --stack, or create the file (docs/configure.md)"
        ) from None
    except UnicodeDecodeError:
        raise CheckError(f"{file.name} is not text in UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise CheckError(f"{file.name} cannot be read ({error.strerror}); correct its permissions") from None
    except StackTextError as error:
        where = f"{file.name}:{error.line}" if error.line else file.name
        raise CheckError(f"{where}: {error}") from None
