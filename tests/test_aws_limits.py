"""Every limit of AWS that the code relies on is in one module, and a fact states its number, source and date."""

import ast
import re

import pytest

from deadfall.patterns import aws_limits
from tests.conftest import ROOT

MODULE = ROOT / "deadfall" / "patterns" / "aws_limits.py"
LIMITS = {name: value for name, value in vars(aws_limits).items() if name.startswith("MAX_")}
UNITS = {2**20: "1 MiB"}
OURS = {"deadfall/rules/catalog.py: MAX_NAME"}  # a length that we chose
FACTS = {
    part.split("\n", 1)[0]: part
    for part in re.split(r"^### ", (ROOT / "docs" / "aws-facts.md").read_text(), flags=re.MULTILINE)[1:]
}


def _citations() -> dict[str, str]:
    """Return for each limit the fact that the nearest comment above it cites."""
    cited: dict[str, str] = {}
    fact = ""
    for line in MODULE.read_text().splitlines():
        if found := re.fullmatch(r"# docs/aws-facts\.md, ([a-z0-9-]+)", line):
            fact = found[1]
        elif found := re.match(r"(MAX_\w+) = ", line):
            cited[found[1]] = fact
        elif not line.strip():
            fact = ""
    return cited


def test_every_limit_cites_a_fact():
    assert {name: fact for name, fact in _citations().items() if fact not in FACTS} == {}
    assert _citations().keys() == LIMITS.keys()


@pytest.mark.parametrize("name", LIMITS)
def test_the_fact_has_the_number_a_source_and_a_date(name: str):
    fact = FACTS[_citations()[name]]
    written = UNITS.get(LIMITS[name], f"{LIMITS[name]:,}")
    assert re.search(rf"(?<![\d,]){re.escape(written)}(?![\d,]*\d)", fact), f"{written} is not in the fact:\n{fact}"
    assert re.search(r"^Source: (?!none).* · Read: 20\d\d-\d\d", fact, re.MULTILINE)


@pytest.mark.parametrize("package", ["deadfall", "responders", "components", "policies"])
def test_no_other_module_defines_a_limit_of_its_own(package: str):
    """A constant that is called a maximum is AWS's, and belongs into the one module."""
    elsewhere = {
        f"{file.relative_to(ROOT)}: {target.id}"
        for file in (ROOT / package).rglob("*.py")
        if file != MODULE
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, int)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.startswith("MAX_")
    }
    assert elsewhere - OURS == set()
