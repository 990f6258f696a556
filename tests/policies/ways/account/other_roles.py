import json
from typing import Any

from guardrails.types import ROLE, ROLE_POLICY
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
SERVICE = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}


def _second(title: str, told: str, *trust: dict[str, Any]) -> Way:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(trust)})
    return Way(
        title,
        lambda graph: graph.adding(ROLE, "second", "account", name="second", assumeRolePolicy=document),
        told,
    )


def _granted(title: str, told: str, **statement: Any) -> Way:
    found = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*", **statement}
    document = json.dumps({"Statement": [{key: value for key, value in found.items() if value is not None}]})
    return Way(
        title,
        lambda graph: graph.adding(ROLE_POLICY, "more", "account", name="more", role="admin", policy=document),
        told,
    )


WAYS = Ways(
    violations=(
        _second("trusts everybody", "admits *", ANYBODY),
        _second("trusts a stranger", "admits AWS:999988887777", {**ANYBODY, "Principal": {"AWS": "999988887777"}}),
        _second("trusts an account", "admits AWS:111122223333", {**ANYBODY, "Principal": {"AWS": "111122223333"}}),
        _second(
            "trusts a service and a web identity",
            "admits Federated:x",
            SERVICE,
            {**ANYBODY, "Principal": {"Federated": "x"}},
        ),
        _second(
            "trusts all but some",
            "admits all but some",
            {"Effect": "Allow", "NotPrincipal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole"},
        ),
        _granted("a wildcard", "allows *", Action="*"),
        _granted("a whole service", "allows logs:*", Action=["logs:*"]),
        _granted("IAM by a wildcard", "allows ?am:createuser", Action="?am:CreateUser"),
        _granted("all but some", "allows all actions but some", Action=None, NotAction="iam:*"),
        _granted("IAM", "allows iam:createaccesskey", Action="IAM:CreateAccessKey"),
        _granted("another role", "allows sts:assumerole", Action="sts:AssumeRole"),
        Way(
            "no document",
            lambda graph: graph.adding(ROLE_POLICY, "more", "account", name="more", role="admin", policy="{"),
            "is no policy document",
        ),
        Way(
            "no trust policy",
            lambda graph: graph.adding(
                ROLE, "second", "account", name="second", assumeRolePolicy='{"Statement": [{}]}'
            ),
            "is no policy document",
        ),
    ),
    compliant=(
        _second("for a service", "", SERVICE),
        _granted("one action", ""),
        _granted("a narrow wildcard", "", Action="logs:Put*"),
    ),
    unknown=(
        Way("a role's trust", lambda graph: graph.adding(ROLE, "x", "account", name="x", assumeRolePolicy=UNKNOWN)),
        Way("a policy", lambda graph: graph.adding(ROLE_POLICY, "x", "account", name="x", role="y", policy=UNKNOWN)),
    ),
)
