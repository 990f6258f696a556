"""Small Pulumi programs, and the engine that runs them over the lab's emulator."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine import Deployment, Event
from deadfall.lab.engine.providers import Providers
from deadfall.lab.engine.state import ResourceState

from .programs import ACCOUNT_ID, PRELUDE, PROJECT


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator.start(ACCOUNT_ID) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def environment(emulator: Emulator) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_ACCESS_KEY_ID": emulator.account_id,
        "AWS_SECRET_ACCESS_KEY": "test",
    }


@pytest.fixture(scope="session")
def providers(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    """One provider process for all tests: its start takes longer than most of them."""
    providers = Providers(tmp_path_factory.mktemp("providers"), environment)
    yield providers
    providers.stop()


@pytest.fixture
def events() -> list[Event]:
    """What the engine told while it ran."""
    return []


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "lab" / "state.json"


@pytest.fixture
def stack(
    environment: dict[str, str], providers: Providers, tmp_path: Path, state: Path, events: list[Event]
) -> Iterator[Callable[..., Deployment]]:
    """Write a program, and get the deployment of its stack; whatever is left of it is destroyed in the end."""
    directory = tmp_path / "program"
    directory.mkdir()
    (directory / "Pulumi.yaml").write_text(PROJECT)
    (directory / "Pulumi.dev.yaml").write_text("config: {}\n")

    @contextmanager
    def shared(_: Path, resources: list[ResourceState]) -> Iterator[Providers]:
        providers.remember(resources)
        yield providers

    def write(program: str, *, own_provider: bool = False, **settings: Any) -> Deployment:
        (directory / "__main__.py").write_text(PRELUDE + program)
        settings = {"provider_environment": environment, **settings}
        deployment = Deployment(directory, "dev", state=state, on_event=events.append, **settings)
        if not own_provider:
            vars(deployment)["_providers"] = shared
        return deployment

    yield write
    if state.exists():
        state.write_text(state.read_text().replace('"protect": true', '"protect": false'))
        write("").destroy()
