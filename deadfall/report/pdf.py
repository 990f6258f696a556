"""Render the incident report as PDF."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typst

TEMPLATE = Path(__file__).with_name("incident.typ")


def incident_pdf(incident: Mapping[str, Any], timeline: Sequence[Mapping[str, str]] = ()) -> bytes:
    """Render one incident document (see docs/incident.md).

    `timeline` is an ordered list of {"at": clock time or offset, "what": text}. Everything is passed to the template as
    data, never as markup, so that attacker-chosen text (user agents, names) can't be evaluated.
    """
    document = {"incident": incident, "timeline": list(timeline)}
    return typst.compile(TEMPLATE, sys_inputs={"document": json.dumps(document, sort_keys=True, default=str)})
