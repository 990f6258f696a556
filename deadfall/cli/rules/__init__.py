"""`deadfall rules list | show | test | compile | coverage | import | cost | verify`.

Exit status: 0 on success; 1 if the check fails (an example fails, a back end can't express a rule, AWS disagrees);
2 if a file, a name or the stack's config is invalid.
"""

import typer

from deadfall.cli.lazy import Verb, lazy_group

VERBS = {
    "list": Verb(
        "deadfall.cli.rules.listing:list_rules",
        "List the rules of a stack with their response, paths and regions.",
    ),
    "show": Verb(
        "deadfall.cli.rules.showing:show",
        "Show one rule in full: description, compiled queries, regions and cost.",
    ),
    "test": Verb(
        "deadfall.cli.rules.testing:test",
        "Run every rule's examples through every back end. Exit status 1 if a result is wrong.",
    ),
    "compile": Verb(
        "deadfall.cli.rules.compiling:compile_rule",
        "Compile a rule to standard output. Exit status 1 if the back end can't express the rule.",
    ),
    "coverage": Verb(
        "deadfall.cli.rules.coverage:show_coverage",
        "Report for each way to touch a decoy whether a rule detects it. Exit status 1 if there is a hole.",
    ),
    "import": Verb(
        "deadfall.cli.rules.importing:import_rules",
        "Try out third-party Sigma rules: what they compile to, what they cost and what they would match.",
    ),
    "cost": Verb(
        "deadfall.cli.rules.costing:show_cost",
        "Show what each rule costs a month, and how many events its supersets send to the responder in vain.",
    ),
    "verify": Verb(
        "deadfall.cli.rules.verifying:verify",
        "Compare our matchers with AWS's TestEventPattern and TestMetricFilter, for every rule and every example.",
    ),
}

app = typer.Typer(
    cls=lazy_group(VERBS),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit status: 1 if the check fails, 2 if a file, a name or the stack's config is invalid.",
)


@app.callback()
def rules() -> None:
    """List, test and compile the detections: Sigma rules for EventBridge, CloudWatch Logs and SQL."""
