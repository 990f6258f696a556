"""Rules and events made for the tests."""

from collections.abc import Mapping
from textwrap import indent
from typing import Any

from deadfall.patterns.condition import Condition
from deadfall.patterns.detail_types import API_CALL, SIGN_IN
from deadfall.rules.sigma.parse import parse
from deadfall.rules.sigma.rule import ResponseSpec, Rule

ID = "5b5ee1e4-5a46-4f4e-8a3d-5f9b1b4f4a11"
SERVICE_EVENT = "AWS Service Event via CloudTrail"
CONSOLE_ACTION = "AWS Console Action via CloudTrail"
INSIGHT = "AWS Insight via CloudTrail"
NETWORK_ACTIVITY = "AWS Network Activity Event via CloudTrail"
DETAIL_TYPES = {
    "AwsApiCall": API_CALL,
    "AwsConsoleSignIn": SIGN_IN[0],
    "AwsConsoleSignin": SIGN_IN[1],
    "AwsServiceEvent": SERVICE_EVENT,
    "AwsConsoleAction": CONSOLE_ACTION,
    "AwsCloudTrailInsight": INSIGHT,
    "AwsVpceEvent": NETWORK_ACTIVITY,
    "AwsVpceEvents": NETWORK_ACTIVITY,
}


def rule_of(detection: str) -> Rule:
    """Return a rule with this detection (YAML); without `condition`, the text is a single selection."""
    if "condition:" not in detection:
        detection = f"selection:\n{indent(detection, '  ')}\ncondition: selection"
    (rule,) = parse(
        f"title: t\nid: {ID}\nlevel: low\nlogsource: {{product: aws, service: cloudtrail}}\n"
        f"detection:\n{indent(detection, '  ')}\n",
        "some_rule",
    )
    return rule


def rule_with(condition: Condition) -> Rule:
    return Rule("some_rule", ID, "t", "low", condition, ResponseSpec())


def event_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a CloudTrail record as EventBridge delivers it."""
    return {
        "source": "aws." + record.get("eventSource", "cloudtrail").split(".")[0],
        "detail-type": DETAIL_TYPES[record.get("eventType", "AwsApiCall")],
        "detail": record,
    }
