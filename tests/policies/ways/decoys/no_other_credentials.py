from guardrails.types import ACCESS_KEY, LOGIN_PROFILE, SERVICE_CREDENTIAL, SIGNING_CERTIFICATE, SSH_KEY
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

USER = "svc-billing-export"


def _credential(type: str, told: str) -> Way:
    return Way(told, lambda graph: graph.adding(type, "x", USER, user=USER), f"gets {told}")


WAYS = Ways(
    violations=(
        _credential(LOGIN_PROFILE, "a console password"),
        _credential(SERVICE_CREDENTIAL, "a service's credential"),
        _credential(SIGNING_CERTIFICATE, "a signing certificate"),
        _credential(SSH_KEY, "an SSH key"),
        Way("inactive", lambda graph: graph.having(ACCESS_KEY, None, "status", "Inactive"), "is inactive"),
    ),
    compliant=(Way("active", lambda graph: graph.having(ACCESS_KEY, None, "status", "Active")),),
    unknown=(Way("status", lambda graph: graph.having(ACCESS_KEY, None, "status", UNKNOWN)),),
)
