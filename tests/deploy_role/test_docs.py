"""docs/ci.md is up to date: its statements, figures and file names."""

import re

from deadfall.deploy_role.generate import policies
from deadfall.deploy_role.render_docs import section
from deadfall.deploy_role.statements import actions_of

from ..conftest import ROOT
from .unseen import UNSEEN_ACTIONS

PAGE = (ROOT / "docs" / "ci.md").read_text()


def test_the_statements_of_the_dev_stack_are_the_real_ones():
    documents = policies("dev")
    assert section(documents) in PAGE, "run: .venv/bin/python -m deadfall.deploy_role.render_docs docs/ci.md"
    granted = {action for document in documents for s in document["Statement"] for action in actions_of(s)}
    unseen = granted & UNSEEN_ACTIONS.keys()
    assert f"Of the {len(granted)} actions granted to `dev`, {len(unseen)} are never used in the lab." in PAGE


def test_every_file_that_the_page_names_is_there():
    named = set(re.findall(r"`((?:examples|tests|deadfall)/[\w./-]+)`", PAGE))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
