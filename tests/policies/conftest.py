from collections.abc import Callable, Iterator

import pytest

from . import stacks
from .analyzer import Analyzer
from .graph import Graph


@pytest.fixture(scope="session")
def analyzer() -> Iterator[Callable[[Graph], Analyzer]]:
    """`analyzer(graph)`: the running pack for that stack and config."""
    with stacks.analyzers() as of:
        yield of
