import json
from typing import Any

from guardrails.types import BUCKET_POLICY
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

OURS, OTHER = "111122223333", "999988887777"
TRAIL = "arn:aws:cloudtrail:eu-west-1:{}:trail/account-audit-trail"
ARCHIVE = "trail-archive"
SERVICE = {"Service": "cloudtrail.amazonaws.com"}


def statement(principal: Any, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    found = {
        "Sid": "More",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::account-audit-trail-111122223333-eu-west-1/*",
    }
    return {**found, "Condition": condition} if condition else found


def _with(more: dict[str, Any]) -> Any:
    return lambda graph: graph.with_document(BUCKET_POLICY, ARCHIVE, "policy", lambda found: found.append(more))


def _document(text: Any) -> Any:
    return lambda graph: graph.having(BUCKET_POLICY, ARCHIVE, "policy", text)


def _unbound(graph: Graph) -> Graph:
    def unbind(found: list[dict[str, Any]]) -> None:
        del found[-1]["Condition"]["StringEquals"]["aws:SourceArn"]

    return graph.with_document(BUCKET_POLICY, ARCHIVE, "policy", unbind)


OUTSIDERS = (
    ("everybody", "*", None, "lets in *"),
    ("everybody of AWS", {"AWS": "*"}, None, "lets in AWS:*"),
    ("another account", {"AWS": OTHER}, None, f"lets in AWS:{OTHER}"),
    ("another account's role", {"AWS": f"arn:aws:iam::{OTHER}:role/x"}, None, f"{OTHER}:role/x"),
    (
        "another account beside ours",
        {"AWS": [f"arn:aws:iam::{OURS}:root", f"arn:aws:iam::{OTHER}:root"]},
        None,
        f"{OTHER}:root",
    ),
    ("an identity provider", {"Federated": "accounts.google.com"}, None, "Federated:accounts.google.com"),
    ("a canonical user", {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd"}, None, "CanonicalUser:"),
    ("a service", SERVICE, None, "lets in Service:cloudtrail.amazonaws.com"),
    ("for another trail", SERVICE, {"StringEquals": {"aws:SourceArn": TRAIL.format(OTHER)}}, "lets in Service:"),
    ("for any trail", SERVICE, {"ArnLike": {"aws:SourceArn": TRAIL.format("*")}}, "lets in Service:"),
    ("for no ARN", SERVICE, {"ArnLike": {"aws:SourceArn": "*"}}, "lets in Service:"),
    ("for two accounts", SERVICE, {"StringEquals": {"aws:SourceAccount": [OURS, OTHER]}}, "lets in Service:"),
    ("if it says so", SERVICE, {"StringEqualsIfExists": {"aws:SourceAccount": OURS}}, "lets in Service:"),
    ("for all but ours", SERVICE, {"StringNotEquals": {"aws:SourceAccount": OURS}}, "lets in Service:"),
    ("by something else", SERVICE, {"StringEquals": {"s3:x-amz-acl": "private"}}, "lets in Service:"),
)
"""What no resource policy of a store may let in: title, principal, condition, and what is said."""

INSIDERS = (
    ("our account", {"AWS": OURS}, None),
    ("our role", {"AWS": f"arn:aws:iam::{OURS}:role/deploy"}, None),
    ("everybody, from ours", "*", {"StringEquals": {"aws:PrincipalAccount": OURS}}),
    ("a service, for ours", SERVICE, {"StringEquals": {"AWS:SourceAccount": [OURS]}}),
    ("a service, for a trail of ours", SERVICE, {"ArnLike": {"aws:SourceArn": TRAIL.format(OURS)}}),
)

WAYS = Ways(
    violations=(
        *(Way(title, _with(statement(principal, condition)), told) for title, principal, condition, told in OUTSIDERS),
        Way("CloudTrail, for whoever", _unbound, "statement 'TrailWrites' lets in Service:cloudtrail.amazonaws.com"),
        Way(
            "all but one",
            _with({"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "s3:GetObject", "Resource": "*"}),
            "lets in whoever it does not exclude",
        ),
        Way("no JSON", _document("{"), "not a policy document in JSON"),
        Way("a list", _document("[]"), "not a policy document in JSON"),
        Way("no statements", _document(json.dumps({"Statement": ["x"]})), "not a policy document in JSON"),
        Way(
            "no condition",
            _document(json.dumps({"Statement": [{"Condition": {"Bool": "x"}}]})),
            "not a policy document in JSON",
        ),
    ),
    compliant=tuple(Way(title, _with(statement(principal, condition))) for title, principal, condition in INSIDERS),
    unknown=(Way("document", _document(UNKNOWN)),),
)
