from collections.abc import Callable
from typing import Any

from guardrails.types import FUNCTION, SECRET_VERSION, TOPIC, TOPIC_SUBSCRIPTION
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

# In two halves, so that scanners leave this file alone.
KEY_ID = "AKIA" + "QYLPMN5HHHFPZAM2"
SESSION_KEY_ID = "ASIA" + "QYLPMN5HHHFPZAM2"
PRIVATE = "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIE"
GITHUB = "ghp_" + "a1B2" * 9
SLACK = "https://hooks.slack" + ".com/services/T0/B0/x"


def _with(type: str, name: str | None, path: str, value: Any) -> Callable[[Graph], Graph]:
    return lambda graph: graph.having(type, name, path, value)


WAYS = Ways(
    violations=(
        Way(
            "access key",
            _with(FUNCTION, None, "environment.variables.K", KEY_ID),
            "K looks like an AWS access",
        ),
        Way("session key", _with(FUNCTION, None, "description", f"x {SESSION_KEY_ID}"), "an AWS access"),
        Way("private key", _with(FUNCTION, None, "environment.variables.K", PRIVATE), "a private key"),
        Way("GitHub token", _with(TOPIC, "alarms", "tags", {"t": GITHUB}), "tags.t looks like a GitHub token"),
        Way(
            "Slack webhook",
            lambda graph: graph.having(TOPIC_SUBSCRIPTION, "alarms-oncall@example.com", "endpoint", SLACK),
            "endpoint looks like a Slack token",
        ),
        Way("Slack token", _with(TOPIC, "alarms", "displayName", "xoxb-" + "1234567890-abc"), "a Slack token"),
    ),
    compliant=(
        Way("in a secret", _with(SECRET_VERSION, None, "secretString", KEY_ID)),
        Way("another id", _with(TOPIC, "alarms", "displayName", "AROA" + "QYLPMN5HHHFPZAM2")),
        Way("not known", _with(TOPIC, "alarms", "displayName", UNKNOWN)),
    ),
    never_unknown="what is not known yet is left out, and looked at in the update, before it is made",
)
