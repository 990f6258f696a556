import json
from typing import Any

from guardrails.types import PROVIDER
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

KEY = "allowedAccountIds"


def _allowing(title: str, given: Any, told: str = "") -> Way:
    return Way(title, lambda graph: graph.having(PROVIDER, None, KEY, given), told)


WAYS = Ways(
    violations=(
        Way("left out", lambda graph: graph.lacking(PROVIDER, None, KEY), "of any account"),
        _allowing("none", json.dumps([]), "of any account"),
        _allowing("another", json.dumps(["999988887777"]), "of 999988887777; set allowed_account_ids=['111122223333']"),
        _allowing("another beside", json.dumps(["111122223333", "999988887777"]), "of 111122223333, 999988887777"),
        _allowing("no JSON", "111122223333, 999988887777", "of any account"),
        _allowing("no list", "111122223333", "of any account"),
        Way(
            "a second provider",
            lambda graph: graph.plus(graph.only(PROVIDER), "second", allowedAccountIds="[]"),
            "of any account",
        ),
    ),
    compliant=(
        _allowing("not as JSON", ["111122223333"]),
        Way("a second provider", lambda graph: graph.plus(graph.only(PROVIDER), "second", region="us-east-1")),
    ),
    unknown=(_allowing("not known", UNKNOWN),),
)
