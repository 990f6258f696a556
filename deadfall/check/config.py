"""Check a stack's config: its file, its keys, and what they demand of each other."""

from collections.abc import Iterator

from deadfall.config import EXAMPLES, Validation, unmet_requirements, validate
from deadfall.config_problem import Problem

from .finding import Finding
from .stack_text import ENCRYPTED, StackText

_SEED = "decoySeed"
_SET_SEED = "`openssl rand -hex 32 | pulumi config set --secret decoySeed`"


def validation_of(text: StackText) -> Validation:
    """Validate the values in a stack file; an example stands for each that is encrypted or a missing seed."""
    encrypted = {key: EXAMPLES[key] for key in text.encrypted if key in EXAMPLES}
    return validate({_SEED: EXAMPLES[_SEED], **encrypted, **text.values}, text.scalars)


def findings(file: str, text: StackText, validation: Validation) -> Iterator[Finding]:
    """Return every mistake in the order of the file; mistakes without a line come last."""
    problems = [
        *text.problems,
        *_of_seed(text),
        *(Problem.of((key,), ENCRYPTED) for key in sorted(text.encrypted - {_SEED})),
        *validation.problems,
        *unmet_requirements(validation),
    ]
    reported: set[tuple[object, ...]] = set()
    for problem in sorted(problems, key=lambda each: text.line_of(each.path) or len(text.lines) + 10_000):
        if problem.path in reported:  # one line for each mistake: what is encrypted need not be text, too
            continue
        if len(problem.path) > 1 or problem.path[0] in ("accountId", "deployRoleArn", _SEED):
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


def _of_seed(text: StackText) -> Iterator[Problem]:
    if _SEED in text.values:
        yield Problem.of(
            (_SEED,),
            "is in plain text, so anyone who reads this file can compute the decoys' values; replace it with "
            f"{_SET_SEED}",
        )
