"""Evidence objects: where they are, and that the prior state is written once."""

import json
from typing import Any

import pytest

from responders.kill_switch import evidence
from tests.responders.kill_switch.world import SETTINGS, Account

BUCKET = SETTINGS.evidence_bucket


def stored(account: Account, key: str) -> Any:
    return json.loads(account.aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())


def test_prior_state_is_never_overwritten(account: Account) -> None:
    evidence.keep_prior_state(account.aws.s3, BUCKET, "i", {"access_keys": ["Active"]})
    evidence.keep_prior_state(account.aws.s3, BUCKET, "i", {"access_keys": ["Inactive"]})
    assert stored(account, "incidents/i/prior-state.json") == {"access_keys": ["Active"]}


def test_incident_is_rewritten(account: Account) -> None:
    for status in ("FAILED", "CONTAINED"):
        evidence.keep_incident(account.aws.s3, BUCKET, {"id": "i", "status": status})
    assert stored(account, "incidents/i/incident.json") == {"id": "i", "status": "CONTAINED"}


def test_refusal_is_one_kind_of_error(account: Account) -> None:
    account.refuse(account.aws.s3, "PutObject", "AccessDenied")
    with pytest.raises(evidence.EvidenceError, match="AccessDenied"):
        evidence.keep_prior_state(account.aws.s3, BUCKET, "i", {})
