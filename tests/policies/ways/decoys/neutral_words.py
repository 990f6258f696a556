import json
from collections.abc import Callable
from typing import Any

from deadfall.check.policy_pack import STACK
from guardrails.types import (
    BUCKET,
    FUNCTION,
    METRIC_ALARM,
    PROVIDER,
    ROLE,
    SECRET,
    SECRET_VERSION,
    TOPIC,
    USER,
)
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

TAGS = json.dumps({"tags": {"Team": "platform", "Purpose": "ghost-key"}})


def _with(type: str, name: str | None, path: str, value: Any) -> Callable[[Graph], Graph]:
    return lambda graph: graph.having(type, name, path, value)


def _value(**values: str) -> Callable[[Graph], Graph]:
    """The decoy's value with other parts."""
    text = json.dumps({"username": "billing_rw", "password": "a-real-password", **values})
    return _with(SECRET_VERSION, None, "secretString", text)


WAYS = Ways(
    violations=(
        Way("description", _with(SECRET, None, "description", "A honeytoken"), "'honey' in description"),
        Way("in prod", _with(SECRET, "prod/crm/mysql-eu-west-1", "description", "Fake"), "'Fake'", "prod"),
        Way("user", _with(USER, None, "tags", {"by": "SpaceCrab"}), "'SpaceCrab' in tags.by"),
        Way("tag", _with(TOPIC, "alarms", "tags", {"Project": "Deadfall"}), "'Deadfall' in tags.Project"),
        Way("tag's key", _with(BUCKET, "trail-archive", "tags", {"canary": "1"}), "'canary' in tags.canary"),
        Way("tags of all", _with(PROVIDER, None, "defaultTags", TAGS), "'ghost' in defaultTags"),
        Way("environment", _with(FUNCTION, None, "environment.variables.DECOYS", "[]"), "'DECOY' in environment"),
        Way("value of the environment", _with(FUNCTION, None, "environment.variables.MODE", "bait"), "variables.MODE"),
        Way("alarm", _with(METRIC_ALARM, "root-use", "alarmDescription", "Tripwire"), "'Tripwire' in alarmDesc"),
        Way("role", _with(ROLE, "forwarder", "description", "of the trap"), "'trap' in description"),
        Way("function", _with(FUNCTION, None, "description", "deception"), "'deception' in description"),
        Way("in a value", _value(username="thinkst"), "'thinkst' in secretString"),
    ),
    compliant=(
        Way("bootstrap", _with(ROLE, "forwarder", "description", "bootstraps the account")),
        Way("a random password", _value(password="x9baitQ7honey")),
        Way("the code", _with(FUNCTION, None, "code", "decoys.zip")),
        Way("a stack output", _with(STACK, None, "decoyUser", "x")),
        Way("not known", _with(TOPIC, "alarms", "displayName", UNKNOWN)),
    ),
    never_unknown="what is not known yet is left out, and looked at in the update, before it is made",
)
