"""docs/detections.md."""

from pathlib import Path

import pytest

from deadfall.rules import render_docs
from deadfall.rules.catalog import files

from .stack import detections_of_example

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "detections.md"


def test_the_page_is_up_to_date():
    page = PAGE.read_text()
    assert render_docs.update_page(page, detections_of_example()) == page, (
        "docs/detections.md is stale: run `make docs`"
    )


def test_every_rule_that_ships_has_a_row():
    page = render_docs.section(detections_of_example())
    for file in files():
        assert f"\n| [`{file.stem}`]" in page, f"the example stack has no detection from {file.stem}"


def test_a_page_without_its_markers_is_rejected():
    with pytest.raises(ValueError, match="begin: generated"):
        render_docs.update_page("# Detections", [])
