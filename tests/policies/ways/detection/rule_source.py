from typing import Any

from guardrails.types import EVENT_RULE
from tests.policies.detections import READ, WRITES_ONLY, at_home, with_pattern, with_rule
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

TOLD = "takes events of any source"


def _source(title: str, *source: Any) -> Way:
    return Way(title, lambda g: with_rule(g, {**WRITES_ONLY, "source": list(source)}), TOLD)


def _in_branches(title: str, *branches: dict[str, Any]) -> Way:
    rest = {key: value for key, value in WRITES_ONLY.items() if key != "source"}
    return Way(title, lambda g: with_rule(g, {**rest, "$or": list(branches)}), TOLD)


WAYS = Ways(
    violations=(
        Way("detail type only", lambda g: with_pattern(g, at_home(READ), lambda pattern: pattern.pop("source")), TOLD),
        _source("a source of one's own", "aws.iam", "billing"),
        _source("looks like AWS", "awsome"),
        _source("empty prefix", {"prefix": ""}),
        _source("short prefix", {"prefix": "aws"}),
        _source("in any case", {"equals-ignore-case": "aws.iam"}),
        _source("prefix in any case", {"prefix": {"equals-ignore-case": "aws."}}),
        _source("any but", {"anything-but": ["billing"]}),
        _source("suffix", {"suffix": ".iam"}),
        _source("any", {"exists": True}),
        _source("wildcard in front", {"wildcard": "*.iam"}),
        _in_branches("in one branch only", {"source": ["aws.iam"]}, {"account": ["111122223333"]}),
    ),
    compliant=(
        _source("by name", "aws.iam", "aws.sts"),
        _source("by prefix", {"prefix": "aws."}),
        _source("by wildcard", {"wildcard": "aws.*"}),
        _in_branches("in every branch", {"source": ["aws.iam"]}, {"source": [{"prefix": "aws."}], "account": ["1"]}),
    ),
    unknown=(Way("pattern", lambda g: g.having(EVENT_RULE, at_home(READ), "eventPattern", UNKNOWN)),),
)
