from typing import Any

from guardrails.types import EVENT_RULE
from tests.policies.detections import ACTIVITY, DECRYPT, READ, ROOT, TAMPERING, at_home, away, with_pattern, with_rule
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

TOLD = "can match read-only calls"
CALL = {"source": ["aws.iam"], "detail-type": ["AWS API Call via CloudTrail"]}
FULL = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


def _state(rule: str, state: str) -> Way:
    return Way(f"{rule} {state}", lambda g: g.having(EVENT_RULE, rule, "state", state), TOLD)


def _names(title: str, *names: Any, state: str = "ENABLED") -> Way:
    return Way(title, lambda g: with_rule(g, {**CALL, "detail": {"eventName": list(names)}}, state), TOLD)


def _pattern(title: str, pattern: dict[str, Any]) -> Way:
    return Way(title, lambda g: with_rule(g, pattern), TOLD)


def _without_names(graph: Graph) -> Graph:
    return with_pattern(graph, at_home(TAMPERING), lambda pattern: pattern["detail"].pop("$or"))


WAYS = Ways(
    violations=(
        *(_state(rule, "ENABLED") for rule in (at_home(READ), at_home(DECRYPT), away(ACTIVITY), away(ROOT))),
        Way("the default", lambda g: g.lacking(EVENT_RULE, at_home(READ), "state"), TOLD),
        Way("no event name", _without_names, TOLD),
        _names("a read among writes", "CreateUser", "ListUsers"),
        *(_names(name, name) for name in ("GetUser", "DescribeTrails", "Decrypt", "BatchGetSecretValue", "AssumeRole")),
        *(_names(name, name) for name in ("LookupEvents", "HeadBucket", "GenerateCredentialReport", "NobodyKnowsThis")),
        _names("begins like a write", "Addendum"),
        _names("any but a read", {"anything-but": ["GetUser"]}),
        _names("any but a write", {"anything-but": "CreateUser"}),
        _names("suffix", {"suffix": "CreateUser"}),
        _names("any name", {"exists": True}),
        _names("wide prefix", {"prefix": "De"}),
        _names("prefix in any case", {"prefix": {"equals-ignore-case": "create"}}),
        _names("wide wildcard", {"wildcard": "*User"}),
        _pattern("no detail type", {"source": ["aws.iam"]}),
        _pattern("reads only", {**CALL, "detail": {"readOnly": [True]}}),
        _pattern(
            "a branch without a name",
            {**CALL, "detail": {"$or": [{"eventName": ["CreateUser"]}, {"errorCode": ["AccessDenied"]}]}},
        ),
    ),
    compliant=(
        _names("writes", "CreateUser", "StopLogging", {"prefix": "Delete"}, {"wildcard": "Put*Policy"}),
        _names("reads in the full state", "GetUser", state=FULL),
        _pattern("writes by flag", {**CALL, "detail": {"readOnly": [False]}}),
        _pattern("no API call", {"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"]}),
        _pattern(
            "writes in every branch",
            {**CALL, "detail": {"$or": [{"eventName": ["CreateUser"]}, {"readOnly": [False], "errorCode": ["X"]}]}},
        ),
    ),
    unknown=(Way("state", lambda g: g.having(EVENT_RULE, at_home(READ), "state", UNKNOWN)),),
)
