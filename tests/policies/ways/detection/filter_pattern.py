from guardrails.types import METRIC_FILTER
from tests.policies.detections import READ, ROOT
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways


def _another(title: str, pattern: str, told: str = "") -> Way:
    """One more filter, like that on root."""

    def mutate(graph: Graph) -> Graph:
        like = graph.only(METRIC_FILTER, ROOT)
        return graph.plus(like, "another", name="account-audit-another", pattern=pattern)

    return Way(title, mutate, told)


def _long(characters: int) -> str:
    return "{ $.eventName = " + "x" * (characters - 18) + " }"


WAYS = Ways(
    violations=(
        _another("too long", _long(1025), "has 1025 characters"),
        _another("any line", "", "does not begin with {"),
        _another("a term", "AccessDenied", "does not begin with {"),
        _another("fields", "[ip, user]", "does not begin with {"),
        _another("unclosed", "{ $.eventName = x", "expected &&, || or the closing }"),
        _another("more after it", "{ $.eventName = x } x", "nothing may follow the closing }"),
        _another("parenthesis", "{ ($.eventName = x }", "expected &&, || or a closing )"),
        _another("no field", "{ eventName = x }", "must begin with a selector such as $.eventName"),
        _another("half a comparison", "{ $.eventName =", "expected a value"),
        _another("an open text", '{ $.eventName = "x }', "the double quote is never closed"),
        _another("one in another", "{" + "(" * 101, "parentheses nested too deeply"),
    ),
    compliant=(
        _another("as long as may be", _long(1024)),
        _another("number", "{ $.x >= 1 }"),
        _another("null", '{ ($.x IS NULL) || ($.y = "a \\" b") && ($.z != %x%) }'),
    ),
    unknown=(Way("pattern", lambda g: g.having(METRIC_FILTER, READ, "pattern", UNKNOWN)),),
)
