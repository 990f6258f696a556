"""The command line: `deadfall <verb>`. Each verb's module is imported when the verb runs."""

from typing import Annotated

import typer

from .lazy import Verb, lazy_group

VERBS = {
    "check": Verb(
        "deadfall.cli.check:check",
        "Check a stack's config, rules, coverage and guardrails, without the Pulumi CLI and without AWS.",
    ),
    "demo": Verb(
        "deadfall.cli.demo:demo", "Play the whole story in the lab: deploy, touch a decoy, contain the caller."
    ),
    "deploy-role": Verb(
        "deadfall.cli.deploy_role:deploy_role",
        "Print the IAM policies that the deploy role of a stack needs, as a JSON list of managed policy documents.",
    ),
    "lab": Verb("deadfall.cli.lab:app", "Run a lab in the background for manual experiments."),
    "rules": Verb(
        "deadfall.cli.rules:app",
        "List, test and compile the detections: Sigma rules for EventBridge, CloudWatch Logs and SQL.",
    ),
    "hunt": Verb(
        "deadfall.cli.hunt:hunt",
        "Run the detections over archived CloudTrail files. Exit status 2 if files were skipped.",
    ),
}

app = typer.Typer(cls=lazy_group(VERBS), no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(requested: bool) -> None:
    if requested:
        from importlib.metadata import version  # no other verb needs it

        typer.echo(version("deadfall"))
        raise typer.Exit


@app.callback()
def deadfall(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Decoys in AWS accounts, and containment of callers who touch them."""
