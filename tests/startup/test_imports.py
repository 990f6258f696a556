"""What the command line imports before it knows what to do: start-up time, without a clock."""

import subprocess
import sys

import pytest

from deadfall import cli
from deadfall.cli import rules
from deadfall.cli.lazy import Verb, load

LAB = {"boto3", "botocore.client", "deadfall.lab.lab", "grpc", "ministack", "pulumi"}
BACK_ENDS = {"botocore.loaders", "duckdb", "sqlglot", "typst"}
PARSERS = {"deadfall.config", "pydantic", "sigma", "yaml"}
_MODULES = """
import sys
from deadfall.cli import app
try:
    app(sys.argv[1:])
finally:
    print(*sys.modules, file=sys.stderr)
"""


def imported(*arguments: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", _MODULES, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout
    return set(done.stderr.split())


def test_help_imports_no_library_of_a_verb():
    assert imported("--help") & (LAB | BACK_ENDS | PARSERS) == set()


def test_a_list_of_rules_imports_no_back_end_and_no_lab():
    modules = imported("rules", "list")
    assert modules & (LAB | BACK_ENDS) == set()
    assert modules >= PARSERS


@pytest.mark.parametrize("verb", [*cli.VERBS.values(), *rules.VERBS.values()], ids=lambda verb: verb.target)
def test_a_groups_help_begins_as_the_verbs_own(verb: Verb):
    assert " ".join(load(verb).help.split()).startswith(verb.help)
