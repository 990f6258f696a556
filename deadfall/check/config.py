"""Check a stack's config: its file, its keys, and what they demand of each other."""

from collections.abc import Iterator

from deadfall.config import EXAMPLES, Validation, unmet_requirements, validate
from deadfall.config_problem import Path, Problem

from .finding import Finding
from .stack_text import ENCRYPTED, StackText

_ACCOUNT: Path = ("accountId",)
_SEED = "decoySeed"
_ONE_PROBLEM = (_ACCOUNT, (_SEED,))  # one line is enough: to replace the value corrects both
_SET_SEED = "`openssl rand -hex 32 | pulumi config set --secret decoySeed`"


def validation_of(text: StackText) -> Validation:
    """Validate the values in a stack file; an example stands for each that is encrypted or a missing seed."""
    encrypted = {key: EXAMPLES[key] for key in text.encrypted if key in EXAMPLES}
    values = {_SEED: EXAMPLES[_SEED], **encrypted, **text.values}
    if account := text.scalars.get(_ACCOUNT):  # its digits are checked, too, and compared with those of ARNs
        values |= {str(_ACCOUNT[0]): account.text}
    return validate(values, text.scalars, text.encrypted)


def findings(file: str, text: StackText, validation: Validation) -> Iterator[Finding]:
    """Return every mistake in the order of the file; mistakes without a line come last."""
    problems = [
        *text.problems,
        *_unquoted_account(text),
        *_plain_seed(text),
        *(Problem.of((key,), ENCRYPTED) for key in sorted(text.encrypted - {_SEED})),
        *validation.problems,
        *unmet_requirements(validation),
    ]
    reported: set[Path] = set()
    for problem in sorted(problems, key=lambda each: text.line_of(each.path) or len(text.lines) + 10_000):
        if problem.path in reported and problem.path in _ONE_PROBLEM:
            continue
        reported.add(problem.path)
        line = text.line_of(problem.path)
        yield Finding("config", f"{file}:{line}" if line else file, problem.key, problem.message)
    if _SEED not in text.values and _SEED not in text.encrypted:
        yield Finding("config", file, f"deadfall:{_SEED}", f"is not set yet; set it with {_SET_SEED}", is_warning=True)
    for index, decoy in enumerate(validation.config.decoys if "decoys" not in validation.wrong else ()):
        line = text.line_of(("decoys", index))
        for warning in decoy.warnings():
            where = f"{file}:{line}" if line else file
            yield Finding("config", where, f"deadfall:decoys[{index}]", warning, is_warning=True)


def _unquoted_account(text: StackText) -> Iterator[Problem]:
    if account := text.scalars.get(_ACCOUNT):
        yield Problem.of(
            _ACCOUNT,
            f"must be in quotes, because YAML reads {account.text} as a {account.kind} and drops leading zeros; write "
            f'"{account.text}"',
        )


def _plain_seed(text: StackText) -> Iterator[Problem]:
    if _SEED in text.values:
        yield Problem.of(
            (_SEED,),
            "is in plain text, so anyone who reads this file can compute the decoys' values; replace it with "
            f"{_SET_SEED}",
        )
