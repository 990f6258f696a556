"""`deadfall deploy-role`: only JSON on standard output, and one sentence for each error."""

import json

from typer.testing import CliRunner

from deadfall import cli
from deadfall.deploy_role.generate import policies


def test_the_policies_are_all_that_is_printed():
    result = CliRunner().invoke(cli.app, ["deploy-role", "--stack", "minimal"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == policies("minimal")


def test_a_stack_that_is_not_there_is_one_sentence():
    result = CliRunner().invoke(cli.app, ["deploy-role", "--stack", "nowhere"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: there is no Pulumi.nowhere.yaml in ")
