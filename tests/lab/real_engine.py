"""The pulumi CLI over the whole program, for tests: labs, changed stacks, and how to say what was touched."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from deadfall.lab.engine import Event, PulumiDeployment, Result
from deadfall.stack_files import PROJECT, SEED
from deadfall.stack_lab import StackLab

from .inventory import inventory

needs_cli = pytest.mark.skipif(shutil.which("pulumi") is None, reason="needs the pulumi CLI on PATH")
T = TypeVar("T")

FROM_PATH = "using pulumi-resource-aws from $PATH at "
_PROGRAM = ("__main__.py", "Pulumi.yaml", "components", "deadfall", "responders")


class Real:
    """One lab under the real engine, and the deployment that its stack was last changed by."""

    def __init__(self, lab: StackLab, stack: str) -> None:
        assert isinstance(lab.deployment, PulumiDeployment)
        self.lab = lab
        self.stack = stack
        self.deployment = self.shipped = lab.deployment
        self.before = self.as_shipped = self.inventory()

    def inventory(self) -> Counter[str]:
        """What is in the emulator, in the stack's regions, in us-east-1 and in one that tests add."""
        return inventory(self.lab.emulator, dict.fromkeys((*self.lab.config.regions, "us-east-1", "eu-north-1")))

    def client(self, service: str, region: str | None = None) -> Any:
        return self.lab.emulator.client(service, region or self.lab.config.home)

    def wait_until_quiet(self) -> None:
        """Wait until calls that were under way when their caller was killed are through."""
        seen, quiet = self.inventory(), 0
        while quiet < 5:
            time.sleep(0.2)
            now = self.inventory()
            seen, quiet = now, quiet + 1 if now == seen else 0

    def changed(
        self,
        config: Mapping[str, Any] | None = None,
        program: Path = PROJECT,
        folder: Path | None = None,
        on_event: Callable[[Event], None] = lambda event: None,
    ) -> PulumiDeployment:
        """The same stack with other config or another program; with another folder, as if never deployed."""
        self.deployment = PulumiDeployment(
            program,
            self.stack,
            config={**SEED, **(config or {})},
            secrets=SEED,
            provider_environment=self.shipped.provider_environment,
            folder=folder or self.shipped.folder,
            on_event=on_event,
        )
        return self.deployment


@contextmanager
def real(stack: str = "dev") -> Iterator[Real]:
    with StackLab.started(stack, engine="pulumi") as lab:
        yield Real(lab, stack)


def timed(what: str, operation: Callable[[], T]) -> T:
    """Do it, and print how long it took: `pytest -s` shows it."""
    started = time.monotonic()
    try:
        return operation()
    finally:
        print(f"\n{what}: {time.monotonic() - started:.1f} s", end="")


def program_copy(to: Path, stack: str = "dev") -> Path:
    """The program with its virtual environment, for changing it."""
    to.mkdir()
    for part in (*_PROGRAM, f"Pulumi.{stack}.yaml"):
        source = PROJECT / part
        if source.is_dir():
            shutil.copytree(source, to / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, to / part)
    (to / ".venv").symlink_to(PROJECT / ".venv")
    return to


def short(urns: Iterable[str]) -> list[str]:
    """URNs as `Type name`, in order."""
    return sorted(f"{urn.split('::')[2].rpartition(':')[2]} {urn.split('::', 3)[3]}" for urn in urns)


def touched(result: Result) -> dict[str, list[str]]:
    """What an operation did, as `Type name` by what was done to it."""
    changes = vars(result.changes)
    return {what: short(urns) for what, urns in changes.items() if urns and what != "same"}


def unexpected(result: Result) -> list[str]:
    """What the engine said beside where it found the provider."""
    return [said.message for said in result.diagnostics if not said.message.startswith(FROM_PATH)]
