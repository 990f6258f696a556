"""The provider behind its gRPC door, over the lab's emulator."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine.plugin import ProviderPlugin

from .driver import ACCOUNT_ID, PROVIDER_INPUTS, PROVIDER_URN, Provider


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
def provider(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    plugin = ProviderPlugin(Path(tmp_path_factory.mktemp("program")), environment)
    try:
        plugin.configure(PROVIDER_URN, PROVIDER_INPUTS)
        yield Provider(plugin)
    finally:
        plugin.stop()
