"""The report renders for every kind of incident, and for any attacker-chosen text."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deadfall.report.pdf import incident_pdf

INCIDENTS = sorted((Path(__file__).parents[1] / "responders" / "fixtures").glob("incident-*.json"))


def incident(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


@pytest.mark.parametrize("path", INCIDENTS, ids=lambda path: path.stem)
def test_every_status_has_a_report(path: Path):
    assert incident_pdf(incident(path)).startswith(b"%PDF-")


def test_the_same_incident_gives_the_same_report():
    assert incident_pdf(incident(INCIDENTS[0])) == incident_pdf(incident(INCIDENTS[0]))


@settings(max_examples=25)
@given(
    st.sampled_from(['#panic("evaluated")', '#read("/etc/passwd")', "$ #panic() $", "`#panic()`", "*_[]{}<>\\"])
    | st.text()
)
def test_what_an_attacker_typed_is_shown_and_never_evaluated(text: str):
    """If the Typst code were evaluated, it would panic or fail to compile."""
    hostile = incident(INCIDENTS[0])
    hostile["where"]["user_agent"] = text
    hostile["principal"]["session_name"] = text
    hostile["what"]["error_code"] = text
    hostile["touched"]["name"] = text
    hostile["reason"] = text
    hostile["prior_state"] = {"replaced_policy": text}
    assert incident_pdf(hostile, [{"at": text, "what": text}]).startswith(b"%PDF-")
