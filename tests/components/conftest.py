"""The program as the built-in engine records it: what it asks for, in preview and in up, for a stack config."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from deadfall.lab.engine import Resource, Result
from deadfall.lab.lab import Lab

Planned = Callable[..., Result]


@pytest.fixture(scope="session")
def plan() -> Planned:
    """`plan(key=value, ...)`: the preview of the dev stack with these config values over its own."""

    @cache
    def previewed(overrides: tuple[tuple[str, Any], ...]) -> Result:
        with Lab.started(overrides={f"deadfall:{key}": value for key, value in overrides}) as lab:
            return lab.deployment.preview()

    return lambda **overrides: previewed(tuple(sorted(overrides.items())))


@pytest.fixture(scope="session")
def dev(plan: Planned) -> Result:
    return plan()


@pytest.fixture(scope="session")
def applied() -> Iterator[tuple[Lab, Result]]:
    """The dev stack, up in a lab; destroyed with it."""
    with Lab.started() as lab:
        yield lab, lab.deployment.up()


def of_type(result: Result, kind: str) -> dict[str, Resource]:
    """The resources of a Pulumi type, by name."""
    return {r.name: r for r in result.resources if r.type == kind}
