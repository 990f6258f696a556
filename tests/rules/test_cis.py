"""The rules with a CIS benchmark control: completeness, and known differences of their exact filters."""

import functools
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.rules.catalog import DETECTIONS
from deadfall.rules.detection import StackDetection
from deadfall.rules.examples import examples as read_examples
from deadfall.rules.render_docs import EXAMPLE
from deadfall.rules.sigma.rule import Cis

from .stack import detections_of_example

TESTDATA = Path(__file__).parents[3] / "shared" / "testdata"
# The sections of controls: Security Hub user guide, "Security Hub controls for CloudWatch".
SECTIONS = {f"CloudWatch.{n}": f"4.{n}" for n in range(4, 15)} | {
    "CloudWatch.1": "4.3",
    "CloudWatch.2": "4.1",
    "CloudWatch.3": "4.2",
    None: "4.15",
}

NOT_LISTED, ONLY_LISTED = "a call that CIS doesn't list", "a call that CIS lists and the rule doesn't"
DEPLOYMENT, NOT_A_PRINCIPALS = "the deploy role's change", "a try of an AWS service or SDK"
IN_CONSOLE = "root in the console, which CIS's filter takes for a service"
REFUSED, IMPROVES = "refused for another reason than permission", "a call that removes no protection"
NO_USER, SPELLING, UNSAID = "a user who doesn't exist", "MFA, spelled otherwise", "nothing about MFA"
IMPROVING = ("UpdateTrail", "PutDeliveryChannel", "PutConfigurationRecorder", "EnablePolicyType")
DIFFERENCES: dict[str, set[str]] = {
    "root_use": {IN_CONSOLE},
    "unauthorized_api_calls": {NOT_A_PRINCIPALS},
    "console_login_without_mfa": {SPELLING, UNSAID},
    "iam_policy_changes": {NOT_LISTED, DEPLOYMENT},
    "cloudtrail_tampering": {NOT_LISTED, ONLY_LISTED, IMPROVES, REFUSED},
    "console_logins_failed": {NO_USER},
    "kms_key_disabled_or_deleted": {NOT_LISTED, REFUSED},
    "s3_bucket_exposure": {NOT_LISTED, ONLY_LISTED, DEPLOYMENT, REFUSED},
    "config_changes": {NOT_LISTED, IMPROVES, REFUSED},
    "security_group_changes": {NOT_LISTED},
    "network_acl_changes": set(),
    "network_gateway_changes": {NOT_LISTED},
    "route_table_changes": {NOT_LISTED},
    "vpc_changes": {NOT_LISTED},
    "organizations_changes": {NOT_LISTED, IMPROVES, REFUSED},
}


@functools.cache
def controls() -> dict[str, tuple[Cis, StackDetection]]:
    return {each.rule.name: (each.rule.cis, each) for each in detections_of_example() if each.rule.cis}


@functools.cache
def published() -> tuple[dict[str, Any], ...]:
    """Return the published records."""
    files = sorted((TESTDATA / "cloudtrail").glob("*.jsonl.gz"))
    return tuple(
        json.loads(line)["event"] for file in files for line in gzip.decompress(file.read_bytes()).splitlines()
    )


def examples(name: str) -> Iterable[Mapping[str, Any]]:
    """Return the records of a rule's examples."""
    for example in read_examples(DETECTIONS / f"{name}.yml"):
        yield from example.records


def test_each_control_has_one_rule():
    assert Counter((cis.control, cis.section) for cis, _ in controls().values()) == Counter(SECTIONS.items())


@pytest.mark.parametrize("name", DIFFERENCES)
def test_the_exact_filter_and_the_rule_agree_except_for_known_differences(name: str):
    cis, detection = controls()[name]
    exact = FilterPattern(cis.filter)
    own = [FilterPattern(text) for text in detection.compiled.filter_patterns]
    found, both = set(), 0
    for record in (*examples(name), *published()):
        message = json.dumps(record)
        theirs, ours = exact.matches(message), any(pattern.matches(message) for pattern in own)
        both += theirs and ours
        if theirs != ours:
            found.add(why(record, cis.filter, ours=ours))
    assert found == DIFFERENCES[name]
    assert both


def why(record: Mapping[str, Any], exact: str, *, ours: bool) -> str:
    """Return why only one of the two matched the record, or the record itself if the reason is unknown."""
    listed = re.search(rf"\b{record['eventName']}\b", exact)
    issuer = record["userIdentity"].get("sessionContext", {}).get("sessionIssuer", {}).get("arn")
    if ours and record.get("errorMessage") == "No username found in supplied account":
        return NO_USER
    if ours and record["eventName"] == "ConsoleLogin" and "MFAUsed" not in record["additionalEventData"]:
        return UNSAID
    if ours and record["userIdentity"].get("invokedBy") == "signin.amazonaws.com":
        return IN_CONSOLE
    if ours and not listed:
        return NOT_LISTED
    if not ours and record["eventName"] == "ConsoleLogin" and record["additionalEventData"]["MFAUsed"] == "YES":
        return SPELLING
    if not ours and (record["userIdentity"]["type"] == "AWSService" or record["eventName"] == "HeadBucket"):
        return NOT_A_PRINCIPALS
    if not ours and issuer == EXAMPLE["deployRoleArn"]:
        return DEPLOYMENT
    if not ours and not re.match("AccessDenied|$", record.get("errorCode", "")):
        return REFUSED
    if not ours and record["eventName"] in IMPROVING:
        return IMPROVES
    if not ours and listed and record["eventName"] in ("CreateTrail", "StartLogging", "PutBucketLifecycle"):
        return ONLY_LISTED
    return f"unknown: {json.dumps(record)}"


PUBLISHED_AS = {
    "root_usage": "root_use",
    "no_mfa_console_signin": "console_login_without_mfa",
    "cloudtrail_cfg_changes": "cloudtrail_tampering",
    "console_signin_failures": "console_logins_failed",
    "disable_or_delete_cmk": "kms_key_disabled_or_deleted",
    "s3_bucket_policy_changes": "s3_bucket_exposure",
    "aws_config_changes": "config_changes",
    "security_group_changes": "security_group_changes",
    "nacl_changes": "network_acl_changes",
    "network_gw_changes": "network_gateway_changes",
    "vpc_changes": "vpc_changes",
}
"""The benchmark's texts as used elsewhere, except for spaces.

Omitted: filters that Security Hub words differently, with eventSource (IAM policies, route tables) or shorter
(unauthorized calls); organizations, where Prowler requires more.
"""


@pytest.mark.skipif(not TESTDATA.exists(), reason="the testdata is not here")
def test_the_texts_are_those_that_others_use():
    lines = (TESTDATA / "published_cloudtrail_patterns.jsonl").read_text().splitlines()
    texts = {line["control"]: line["pattern"] for line in map(json.loads, lines)}
    for control, name in PUBLISHED_AS.items():
        assert _unspaced(controls()[name][0].filter) == _unspaced(texts[control]), name


def test_yaml_folding_preserves_the_texts():
    """Security Hub compares literally: one line, with spaces unchanged by YAML."""
    for cis, _ in controls().values():
        assert re.fullmatch(r"\{(?!.*  )[^\n]*\}", cis.filter), cis.section


def _unspaced(text: str) -> str:
    return re.sub(r"\s", "", text)
