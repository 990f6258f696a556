from guardrails.types import POLICY_ATTACHMENT, ROLE, ROLE_POLICY_ATTACHMENT
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ATTACHED = {"policyArn": ADMIN, "role": "account-audit-responder"}
INLINE = [{"name": "more", "policy": "{}"}]

WAYS = Ways(
    violations=(
        Way(
            "managed", lambda graph: graph.having(ROLE, "responder", "managedPolicyArns", [ADMIN]), "managedPolicyArns"
        ),
        Way("inline", lambda graph: graph.having(ROLE, "responder", "inlinePolicies", INLINE), "inlinePolicies"),
        Way("attached", lambda graph: graph.adding(ROLE_POLICY_ATTACHMENT, "x", "responder", **ATTACHED), "attached"),
        Way(
            "attached to many",
            lambda graph: graph.adding(POLICY_ATTACHMENT, "x", "responder", policyArn=ADMIN, roles=["r"]),
            "attached to a role",
        ),
    ),
    compliant=(Way("none", lambda graph: graph.having(ROLE, "responder", "managedPolicyArns", [])),),
    unknown=(Way("managed", lambda graph: graph.having(ROLE, "responder", "managedPolicyArns", UNKNOWN)),),
)
