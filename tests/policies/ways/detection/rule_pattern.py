import json
from typing import Any

from guardrails.types import EVENT_RULE
from tests.policies.detections import READ, WRITES_ONLY, at_home, with_rule
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways


def _pattern(title: str, pattern: Any, told: str) -> Way:
    return Way(title, lambda g: with_rule(g, pattern), told)


def _long(characters: int) -> str:
    text = json.dumps({**WRITES_ONLY, "account": [""]})
    return text.replace('""', f'"{"1" * (characters - len(text))}"')


WAYS = Ways(
    violations=(
        _pattern("none", "", "has no event pattern"),
        _pattern("not JSON", "{", "not JSON"),
        _pattern("a list", [], "must be a JSON object"),
        _pattern("demands nothing", {}, "empty objects are not allowed"),
        _pattern("no list", {"source": "aws.iam"}, "at source: must be an object or an array"),
        _pattern(
            "empty list",
            {"source": ["aws.iam"], "detail": {"eventName": []}},
            "at detail.eventName: empty arrays are not allowed",
        ),
        _pattern("list in a list", {"source": [["aws.iam"]]}, "at source[0]: must be a string"),
        _pattern("unknown operator", {"source": [{"startswith": "aws."}]}, "unrecognized match type 'startswith'"),
        _pattern(
            "two operators",
            {"source": [{"prefix": "aws.", "suffix": "x"}]},
            "at source[0]: a match expression must have exactly one key",
        ),
        _pattern(
            "$or of one thing", {"$or": {"source": ["aws.iam"]}}, "at $or: must be an array of at least two objects"
        ),
        _pattern("$or of texts", {"$or": ["source", "account"]}, "at $or[0]: only objects"),
        _pattern(
            "too many combinations",
            {f"x{n}": {"$or": [{str(i): [1]} for i in range(11)]} for n in range(3)},
            "more than 1000 combinations",
        ),
        _pattern("too long", _long(2049), "has 2049 characters"),
        _pattern("far too deep", '{"a":' * 100_000, "characters"),
    ),
    compliant=(_pattern("as long as may be", _long(2048), ""),),
    unknown=(Way("pattern", lambda g: g.having(EVENT_RULE, at_home(READ), "eventPattern", UNKNOWN)),),
)
