"""Show what fails without each statement of a deploy role: `python -m tests.deploy_role.proof dev [prod minimal]`.

Takes minutes: each statement in turn is taken away, and the stack is refreshed, or lives a whole life in a lab of its
own where that tells nothing. The stacks are made destroyable first.
"""

import sys
from collections.abc import Iterator

from deadfall.deploy_role.statements import Statement
from deadfall.lab.engine import DeploymentError

from .life import DESTROYABLE, WHOLE, Life, given, updated


def without(statements: list[Statement], sid: str) -> list[Statement]:
    return [statement for statement in statements if statement["Sid"] != sid]


def missed(life: Life, statements: list[Statement], sid: str) -> str:
    """Return the error of a refresh without the statement; empty if it succeeds."""
    life.allow(without(statements, sid))
    try:
        life.step("refresh")
    except DeploymentError as error:
        return f"refresh: {error}"
    finally:
        life.allow(statements)
    return ""


def proof(stack: str) -> Iterator[tuple[str, str]]:
    """Map each statement's Sid to the error without it; empty if nothing fails."""
    before, after = given(stack, DESTROYABLE), given(stack, DESTROYABLE | updated(stack))
    with Life.of(stack, before, DESTROYABLE) as life:
        life.step("up")
        told = {statement["Sid"]: missed(life, before, statement["Sid"]) for statement in before}
    for sid, words in told.items():
        if not words:
            with Life.of(stack, before, DESTROYABLE) as life:
                words = life.live(WHOLE, without(before, sid), without(after, sid))
        yield sid, words


if __name__ == "__main__":
    for stack in sys.argv[1:]:
        for sid, words in proof(stack):
            print(f"{stack:8} {sid:24} {words or 'not told'}", flush=True)
