import re
from collections.abc import Callable
from typing import Any

from guardrails.types import EVENT_RULE, EVENT_TARGET, METRIC_ALARM, METRIC_FILTER, ROLE_POLICY, SECRET, USER
from tests.policies.detections import (
    ACCOUNT,
    ACTIVITY,
    AWAY,
    BATCH,
    DECRYPT,
    HOME,
    PARTIAL_ARN,
    READ,
    ROOT,
    SECRET_NAME,
    TAMPERING,
    at_home,
    away,
    with_filter,
    with_pattern,
    with_rule,
)
from tests.policies.graph import UNKNOWN, Graph, Registered
from tests.policies.way import Way, Ways

SEEN = f"Path E does not see the decoy secret {SECRET_NAME} in {HOME}"
ISSUER = "$.userIdentity.sessionContext.sessionIssuer.arn"
USER_NAME = "svc-billing-export"
KEY = f"Path E does not see the decoy access key {USER_NAME} in"
LOGGED = f"Path L does not see the decoy secret {SECRET_NAME} in {HOME}"


def _user(graph: Graph, name: str, path: str) -> Graph:
    """With the decoy user under another ARN; the responder, which may not touch it, knows of that."""
    responder = graph.only(ROLE_POLICY, "responder").inputs["policy"]
    known = responder.replace(f":user/{USER_NAME}", f":user{path}{name}")
    graph = graph.having(USER, None, "name", name).having(USER, None, "path", path)
    return graph.having(ROLE_POLICY, "responder", "policy", known)


def _rule_gone(title: str, rule: str, told: str) -> Way:
    return Way(title, lambda g: g.without(EVENT_RULE, rule), told)


def _rule(title: str, rule: str, told: str, change: Callable[[dict[str, Any]], Any]) -> Way:
    return Way(title, lambda g: with_pattern(g, rule, change), told)


def _read(title: str, how: str, change: Callable[[dict[str, Any]], Any]) -> Way:
    """The pattern of the rule on reads, narrowed."""
    return _rule(title, at_home(READ), f"{SEEN}: no rule there leads to the responder for {how}", change)


def _narrowed(title: str, **detail: Any) -> Way:
    return _read(f"narrowed to {title}", "GetSecretValue by name", lambda p: p["detail"].update(detail))


def _asked(which: int) -> Callable[[dict[str, Any]], Any]:
    """Leaves out one of the names that are looked for in secretId: name, partial ARN, full ARN."""
    return lambda pattern: pattern["detail"]["$or"][0]["requestParameters"]["secretId"].pop(which)


def _logged(title: str, how: str, old: str, new: str, name: str = READ) -> Way:
    return Way(title, lambda g: with_filter(g, name, old, new), f"{LOGGED}: no metric filter matches {how}")


def _unlogged(title: str, name: str, told: str) -> Way:
    def without_filters(graph: Graph) -> Graph:
        for each in {each.name for each in graph.resources if each.type == METRIC_FILTER}:
            if re.fullmatch(rf"{re.escape(name)}(-\d)?", each):  # a long rule has several
                graph = graph.without(METRIC_FILTER, each)
        return graph.without(METRIC_ALARM, name)

    return Way(title, without_filters, told)


def _denied(pattern: dict[str, Any]) -> list[Any]:
    return pattern["detail"]["$or"][1]["errorMessage"]


def _stop_logging_gone(pattern: dict[str, Any]) -> None:
    pattern["detail"]["$or"][0]["eventName"].remove("StopLogging")


def _of_secret_away(graph: Graph) -> str:
    """The rule on reads of the secret that is in none of the first regions."""
    (rule,) = [each for each in graph.all(EVENT_RULE) if _reads(each, "prod/crm/mysql") and _is_in(each, "eu-west-1")]
    return rule.name


def _reads(rule: Registered, secret: str) -> bool:
    return f'"{secret}"' in rule.inputs["eventPattern"] and rule.name.startswith("access-")


def _is_in(rule: Registered, region: str) -> bool:
    return rule.inputs["region"] == region


def _logged_by(graph: Graph) -> str:
    """The filter on reads of a secret."""
    return next(each.name for each in graph.all(METRIC_FILTER) if each.name.startswith("access-"))


def _by_prefix(pattern: dict[str, Any]) -> None:
    asked = pattern["detail"]["$or"][0]["requestParameters"]
    asked["secretId"] = [{"prefix": SECRET_NAME}, {"wildcard": f"{PARTIAL_ARN}*"}]


def _in_two(graph: Graph) -> Graph:
    """What a detection saw by one rule it sees by two: the other has its own target."""
    pattern = graph.only(EVENT_RULE, at_home(DECRYPT)).inputs["eventPattern"]
    graph = with_rule(graph, pattern, "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
    target = graph.only(EVENT_TARGET, at_home(DECRYPT))
    graph = graph.plus(target, "another", rule="account-audit-another")
    return graph.without(EVENT_RULE, at_home(DECRYPT)).without(EVENT_TARGET, at_home(DECRYPT))


WAYS = Ways(
    violations=(
        # Bait that nothing looks at.
        Way("a secret of another name", lambda g: g.having(SECRET, None, "name", "prod/erp/oracle"), "prod/erp/oracle"),
        Way("a secret elsewhere", lambda g: g.having(SECRET, None, "region", AWAY), f"{SECRET_NAME} in {AWAY}"),
        Way("a user of another name", lambda g: _user(g, "svc-erp", "/"), "the decoy access key svc-erp"),
        Way("a user in a path", lambda g: _user(g, USER_NAME, "/team/"), f"the decoy access key team/{USER_NAME} in"),
        Way(
            "a region more",
            lambda g: g.configured(regions=[HOME, AWAY, "ap-south-1"]),
            f"{KEY} ap-south-1: no rule there",
        ),
        Way(
            "a region more, without decoys in it",
            lambda g: g.configured(regions=[HOME, "ap-south-1"]),
            "Path E does not see the root user in ap-south-1",
            stack="minimal",
        ),
        Way(
            "a secret in a third region",
            lambda g: g.without(EVENT_RULE, _of_secret_away(g)),
            "does not see the decoy secret prod/crm/mysql in eu-west-1",
            stack="prod",
        ),
        # Path E: rules and targets.
        _rule_gone("no rule on reads", at_home(READ), SEEN),
        _rule_gone("no rule on Decrypt", at_home(DECRYPT), f"{SEEN}: no rule there leads to the responder for KMS"),
        _rule_gone("no rule away", away(ACTIVITY), f"{KEY} {AWAY}"),
        _rule_gone("no rule at home for what is forwarded", at_home(ACTIVITY), f"{KEY} {AWAY}"),
        _rule_gone("no rule on root", away(ROOT), f"Path E does not see the root user in {AWAY}"),
        _rule_gone("no rule on tampering", at_home(TAMPERING), f"Path E does not see CloudTrail in {HOME}"),
        Way("no target", lambda g: g.without(EVENT_TARGET, at_home(READ)), SEEN),
        Way("no target away", lambda g: g.without(EVENT_TARGET, away(ACTIVITY)), f"{KEY} {AWAY}"),
        Way(
            "the responder is not the target",
            lambda g: g.having(EVENT_TARGET, at_home(READ), "arn", f"arn:aws:sqs:{HOME}:{ACCOUNT}:later"),
            SEEN,
        ),
        Way(
            "another function is the target",
            lambda g: g.having(EVENT_TARGET, at_home(READ), "arn", f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:another"),
            SEEN,
        ),
        Way(
            "the target is of another rule",
            lambda g: g.having(EVENT_TARGET, at_home(READ), "rule", "account-audit-x"),
            SEEN,
        ),
        # Path E: patterns.
        _read("not by name", "GetSecretValue by name", _asked(0)),
        _read("not by partial ARN", "GetSecretValue by partial ARN", _asked(1)),
        _read("not by full ARN", "GetSecretValue by full ARN", _asked(2)),
        _rule_gone("no batch", at_home(BATCH), f"{SEEN}: no rule there leads to the responder for BatchGetSecretValue"),
        _read("not denied by name", "denied GetSecretValue by name", lambda p: _denied(p).pop(0)),
        _read("not denied by ARN", "denied GetSecretValue by partial ARN", lambda p: _denied(p).pop(1)),
        _read("another call", "GetSecretValue", lambda p: p["detail"].update(eventName=["DescribeSecret"])),
        _read(
            "another type", "GetSecretValue", lambda p: p.update({"detail-type": ["AWS Service Event via CloudTrail"]})
        ),
        _read("another region", "GetSecretValue", lambda p: p.update(region=[AWAY])),
        _read("another source", "GetSecretValue", lambda p: p.update(source=["aws.ssm"])),
        _narrowed("an address", sourceIPAddress=[{"anything-but": ["192.0.2.1"]}]),
        _narrowed("calls from outside of a VPC", vpcEndpointId=[{"exists": False}]),
        _narrowed("users", userIdentity={"type": ["IAMUser"]}),
        _narrowed("one who is known", userIdentity={"arn": [{"suffix": "user/somebody"}]}),
        _narrowed("users by ARN", userIdentity={"arn": [{"prefix": "arn:aws:iam:"}]}),
        _narrowed("numbers", requestParameters={"n": [{"numeric": [">", 0]}]}),
        _rule("calls of one service", away(ACTIVITY), KEY, lambda p: p.update(source=["aws.sts"])),
        _rule("reads of the key", at_home(ACTIVITY), KEY, lambda p: p["detail"].update(readOnly=[True])),
        _rule("root in the console", at_home(ROOT), "the root user", lambda p: p["detail-type"].pop(0)),
        _rule("a sign-in unseen", at_home(ROOT), "a sign-in", lambda p: p["detail-type"].pop(2)),
        _rule(
            "StopLogging unseen", away(TAMPERING), "StopLogging", lambda p: p["detail"]["$or"][0]["eventName"].pop(0)
        ),
        # Path L.
        _unlogged("no filter on reads", READ, f"{LOGGED}: no metric filter matches GetSecretValue by name"),
        _unlogged("no filter on Decrypt", DECRYPT, f"{LOGGED}: no metric filter matches KMS Decrypt"),
        _unlogged("no filter on the key", ACTIVITY, "Path L does not see the decoy access key svc-billing-export in"),
        _unlogged("no filter on root", ROOT, "Path L does not see the root user in"),
        _unlogged("no filter on tampering", TAMPERING, "Path L does not see CloudTrail in"),
        _logged("no name logged", "GetSecretValue by name", f'"{SECRET_NAME}"', '"x"'),
        _logged("no partial ARN logged", "GetSecretValue by partial ARN", f'"{PARTIAL_ARN}"', '"x"'),
        _logged("no full ARN logged", "GetSecretValue by full ARN", f'"{PARTIAL_ARN}-*"', '"x"'),
        _logged("no denial by name logged", "denied GetSecretValue by name", f'"*: {SECRET_NAME} *"', '"x"'),
        _logged("no denial by ARN logged", "denied GetSecretValue by partial ARN", f'"*: {PARTIAL_ARN}*"', '"x"'),
        _logged("Decrypt of something else logged", "KMS Decrypt", f"{PARTIAL_ARN}-*", f"{PARTIAL_ARN}-x*", DECRYPT),
        _logged("no caller without an ARN", "GetSecretValue", f"{ISSUER} NOT EXISTS", "$.x = y"),
        _logged("deployers of any name left out", "GetSecretValue", ":role/deploy", ":role/*"),
        _logged("narrowed by a field", "GetSecretValue", "{ (", "{ ($.sourceIPAddress != 192.0.2.1) && ("),
        _logged("narrowed by a number", "GetSecretValue", "{ (", "{ ($.n >= 1) && ("),
        _logged("narrowed by absence", "GetSecretValue", "{ (", "{ ($.vpcEndpointId NOT EXISTS) && ("),
        _logged("narrowed by a regex", "GetSecretValue", '"GetSecretValue"', "%^PutSecretValue%"),
        Way(
            "records of another account",
            lambda g: with_filter(g, _logged_by(g), "444455556666", "555566667777"),
            "Path L does not see",
            stack="prod",
        ),
    ),
    compliant=(
        _read("other operators", "", _by_prefix),
        _read(
            "in any case",
            "",
            lambda p: p["detail"].update(eventName=[{"equals-ignore-case": "getsecretvalue"}, "BatchGetSecretValue"]),
        ),
        _read("any but others", "", lambda p: p["detail"].update(eventSource=[{"anything-but": {"prefix": "iam."}}])),
        _read("all of our account", "", lambda p: p.update(account=[ACCOUNT])),
        Way("by two rules", _in_two),
        _logged("a regex for it", "", '"GetSecretValue"', "%^GetSecretValue$%"),
        _logged("a name more", "", '"GetSecretValue")', '"GetSecretValue" || $.eventName = Describe*)'),
        Way("a region that was there", lambda g: g.configured(regions=[HOME])),
    ),
    unknown=(
        Way("pattern of a rule", lambda g: g.having(EVENT_RULE, at_home(READ), "eventPattern", UNKNOWN)),
        Way("pattern of a filter", lambda g: g.having(METRIC_FILTER, READ, "pattern", UNKNOWN)),
        Way("name of a secret", lambda g: g.having(SECRET, None, "name", UNKNOWN)),
    ),
)
