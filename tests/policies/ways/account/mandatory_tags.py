import json
from typing import Any

from guardrails.types import PROVIDER, TABLE
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

TAGS = "defaultTags"


def _tagged(title: str, tags: Any, told: str = "", **settings: Any) -> Way:
    given = tags if isinstance(tags, str) else json.dumps({"tags": tags})
    return Way(title, lambda graph: graph.having(PROVIDER, None, TAGS, given), told, settings=settings)


WAYS = Ways(
    violations=(
        Way("no default tags", lambda graph: graph.lacking(PROVIDER, None, TAGS), "lack Team"),
        _tagged("no tags", {}, "lack Team"),
        _tagged("nothing", "{}", "lack Team"),
        _tagged("no JSON", "Team=platform", "lack Team"),
        _tagged("another", {"Environment": "dev"}, "lack Team"),
        _tagged("empty", {"Team": " "}, "lack Team"),
        _tagged("one of those set", {"Team": "x"}, "lack CostCenter, Owner", keys=["CostCenter", "Owner", "Team"]),
        Way(
            "a second provider",
            lambda graph: graph.plus(graph.only(PROVIDER), "second", defaultTags="{}"),
            "lack Team",
        ),
        Way("emptied", lambda graph: graph.having(TABLE, None, "tags", {"Team": ""}), "empties the tag Team"),
    ),
    compliant=(
        _tagged("none is asked for", {}, keys=[]),
        _tagged("those set", {"CostCenter": "4711"}, keys=["CostCenter"]),
        Way("not as JSON", lambda graph: graph.having(PROVIDER, None, TAGS, {"tags": {"Team": "x"}})),
        Way("another team's", lambda graph: graph.having(TABLE, None, "tags", {"Team": "data", "Use": ""})),
    ),
    unknown=(
        Way("default tags", lambda graph: graph.having(PROVIDER, None, TAGS, UNKNOWN)),
        Way("a resource's", lambda graph: graph.having(TABLE, None, "tags", {"Team": UNKNOWN})),
    ),
)
