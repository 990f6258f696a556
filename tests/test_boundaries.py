"""What is packed into a Lambda function, and what the lab shares with it, needs no library that is not there."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT


def imports(file: Path) -> Iterator[str]:
    """The absolute names of the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


@pytest.mark.parametrize(
    ("package", "allowed"),
    [("deadfall/patterns", ()), ("responders", ("boto3", "botocore", "responders", "deadfall.patterns"))],
)
def test_a_package_imports_the_standard_library_and_what_is_allowed(package: str, allowed: tuple[str, ...]):
    files = list((ROOT / package).rglob("*.py"))
    assert files
    foreign = {
        (str(file.relative_to(ROOT)), name)
        for file in files
        for name in imports(file)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(name == each or name.startswith(f"{each}.") for each in allowed)
    }
    assert foreign == set()


def test_nothing_imports_a_main_module():
    packages = ("components", "deadfall", "policies", "responders")
    files = [file for package in packages for file in (ROOT / package).rglob("*.py")]
    assert [str(file) for file in files if any(name.endswith("__main__") for name in imports(file))] == []
