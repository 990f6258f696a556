"""`deadfall rules list | show | test | compile | coverage | import | verify`.

Exit status: 0; 1 where the answer is no (an example fails, a back end can't say a rule, AWS answers otherwise); 2 where
there is no answer, because a file, a name or the stack's config is wrong.
"""

import typer

from ..coverage.cli import show_coverage
from .compiling import compile_rule
from .importing import import_rules
from .listing import list_rules
from .showing import show
from .testing import test
from .verifying import verify

app = typer.Typer(
    no_args_is_help=True,
    help="The detections: Sigma rules, compiled to EventBridge, CloudWatch Logs and SQL.",
    epilog="Exit status: 1 where the answer is no, 2 where a file, a name or the stack's config is wrong.",
)
app.command("list")(list_rules)
app.command()(show)
app.command()(test)
app.command("compile")(compile_rule)
app.command("coverage")(show_coverage)
app.command("import")(import_rules)
app.command()(verify)
