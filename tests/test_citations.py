"""Every link in the docs and every cited AWS fact resolves inside the repository."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FACTS = set(re.findall(r"^### ([a-z0-9-]+)$", (ROOT / "docs" / "aws-facts.md").read_text(), re.MULTILINE))


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    return [ROOT / name for name in listed.stdout.split()]


def cited_facts(text: str) -> Iterator[str]:
    for several in re.findall(r"docs/aws-facts\.md,\s+([a-z0-9]+-[a-z0-9-]+(?:,\s+[a-z0-9]+-[a-z0-9-]+)*)", text):
        yield from re.split(r",\s+", several)


@pytest.mark.parametrize("page", tracked("*.md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_cited_facts_are_there() -> None:
    cited = {fact for file in tracked("*.py", "*.yml") for fact in cited_facts(file.read_text())}
    assert cited, "the pattern of a citation matches nothing"
    assert cited <= FACTS, sorted(cited - FACTS)
