"""`deadfall rules list | show | test | compile | coverage | import | verify`.

Exit status: 0; 1 where the answer is no (an example fails, a back end can't say a rule, AWS answers otherwise); 2 where
there is no answer, because a file, a name or the stack's config is wrong.
"""

import typer

from deadfall.cli.lazy import Verb, lazy_group

VERBS = {
    "list": Verb(
        "deadfall.cli.rules.listing:list_rules",
        "List the rules of a stack: what each leads to, and on which paths and in which regions it is.",
    ),
    "show": Verb(
        "deadfall.cli.rules.showing:show",
        "Show everything about one rule: what it is for, what it became, where it is, what it costs.",
    ),
    "test": Verb(
        "deadfall.cli.rules.testing:test",
        "Try the examples beside rules by every back end. Exit status 1 if one answers otherwise than it must.",
    ),
    "compile": Verb(
        "deadfall.cli.rules.compiling:compile_rule",
        "Compile a rule; standard output has nothing else. Exit status 1 if the back end can't say the rule.",
    ),
    "coverage": Verb(
        "deadfall.cli.rules.coverage:show_coverage",
        "Say for each way to touch a decoy whether a rule sees it. Exit status 1 if there is a hole.",
    ),
    "import": Verb(
        "deadfall.cli.rules.importing:import_rules",
        "Say of Sigma rules of others what each back end makes of them, what they cost, and what they would match.",
    ),
    "verify": Verb(
        "deadfall.cli.rules.verifying:verify",
        "Ask AWS itself whether patterns match: TestEventPattern and TestMetricFilter, for every rule and every "
        "example.",
    ),
}

app = typer.Typer(
    cls=lazy_group(VERBS),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit status: 1 where the answer is no, 2 where a file, a name or the stack's config is wrong.",
)


@app.callback()
def rules() -> None:
    """The detections: Sigma rules, compiled to EventBridge, CloudWatch Logs and SQL."""
