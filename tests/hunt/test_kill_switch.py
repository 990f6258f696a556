"""The kill switch's verdicts on single records."""

from typing import Any

import pytest

from deadfall.decoys.secret import SecretDecoy
from deadfall.hunt.kill_switch import KillSwitch
from deadfall.hunt.rules import Hunted
from deadfall.stack_files import config_of
from tests.hunt.made import ACCOUNT, SECRET_ARN, record, role_session, secret_read, user
from tests.rules.sigma.made import rule_of

CONFIG = config_of("dev")
SECRET = CONFIG.decoys_of(SecretDecoy)[0]
ROOT = {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}


def verdict(seen: dict[str, Any], decoy: SecretDecoy | None = None) -> tuple[str, str]:
    found = KillSwitch(CONFIG).verdict(Hunted(rule_of("eventName: '*'"), "Any", decoy), seen)
    return found.outcome, found.reason


@pytest.mark.parametrize(
    ("identity", "outcome", "why"),
    [
        (user("mallory"), "contained", "Role sessions that the user opened earlier remain active"),
        (role_session("app"), "contained", "The principal that opened this session can open another"),
        (role_session("break-glass"), "suppressed", "protected principals"),
        (role_session("account-audit-responder"), "suppressed", "the responder's own role"),
        (user("svc-billing-export"), "suppressed", "itself a decoy"),
        (ROOT, "observed", "identity type is Root"),
    ],
)
def test_a_rule_without_a_decoy_is_decided_as_if_it_said_contain(
    identity: dict[str, Any], outcome: str, why: str
) -> None:
    found, reason = verdict(record("cloudtrail", "StopLogging", identity))
    assert (found, why in reason) == (outcome, True), reason


@pytest.mark.parametrize(
    ("secret_id", "outcome"),
    [
        (SECRET_ARN, "contained"),
        (SECRET_ARN.removesuffix("-AbC1d2"), "contained"),
        ("prod/billing/postgres", "contained"),
        ("prod/billing/postgres-replica", "not confirmed"),
        (SECRET_ARN.replace("postgres-", "postgres-replica-"), "not confirmed"),
        (SECRET_ARN.replace("-AbC1d2", "-second-AbC1d2"), "not confirmed"),  # -second looks like a suffix
        (SECRET_ARN.replace("eu-west-1", "us-east-1"), "not confirmed"),
    ],
)
def test_a_decoy_is_told_from_its_namesakes(secret_id: str, outcome: str) -> None:
    assert verdict(secret_read(user("mallory"), secret_id), SECRET)[0] == outcome


def test_a_record_of_another_account_is_rejected() -> None:
    seen = record("cloudtrail", "StopLogging", user("mallory"), recipientAccountId="999999999999")
    assert verdict(seen) == ("rejected", "The CloudTrail record was delivered for another account.")


def test_a_decoy_is_found_behind_its_namesake_in_a_list() -> None:
    listed = [SECRET_ARN.replace("postgres-", "postgres-second-"), SECRET_ARN]
    seen = record("secretsmanager", "BatchGetSecretValue", user("mallory"), requestParameters={"secretIdList": listed})
    assert verdict(seen, SECRET)[0] == "contained"
