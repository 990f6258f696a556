"""Environment and manifest: read whole, or refused in one sentence that names what is wrong."""

from pathlib import Path
from typing import Any

import pytest

from deadfall.patterns.condition_json import condition_from_json
from responders.kill_switch import arn, manifest
from responders.kill_switch.manifest import Count, Decoy, ManifestDetection, ManifestError
from responders.kill_switch.settings import Settings, SettingsError
from tests.responders.kill_switch.world import (
    DETECTIONS,
    ENVIRONMENT,
    MANIFEST,
    READ,
    ROOT_USE,
    RUNBOOK,
    SECRET,
    SECRET_ARN,
    SECRET_DECOY,
    SECRET_RULE,
    SIGN_INS,
    counted,
    described,
)


def test_settings() -> None:
    deploy = arn.Entity("123456789012", "role", "deploy")
    assert Settings.from_environment({**ENVIRONMENT, "AWS_REGION": "eu-west-1"}) == Settings(
        account_id="123456789012",
        home_region="eu-west-1",
        prefix="account-audit",
        ledger_table="account-audit-ledger",
        evidence_bucket="account-audit-evidence-123456789012-eu-west-1",
        alert_topic_arn="arn:aws:sns:eu-west-1:123456789012:account-audit-alerts",
        trail_log_group="/account-audit/trail",
        deploy_role=deploy,
        protected=frozenset(
            {
                deploy,
                arn.Entity("123456789012", "role", "break-glass"),
                arn.Entity("123456789012", "user", "break-glass"),
            }
        ),
    )


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_missing_setting_is_named(name: str) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key != name}
    with pytest.raises(SettingsError, match=f"^{name} is missing from the function's environment"):
        Settings.from_environment(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACCOUNT_ID", "12345"),
        ("PROTECTED_PRINCIPALS", "arn:aws:iam::123456789012:role/x"),
        ("PROTECTED_PRINCIPALS", '{"a": 1}'),
        ("PROTECTED_PRINCIPALS", '["arn:aws:sts::123456789012:assumed-role/x/y"]'),
        ("PROTECTED_PRINCIPALS", '["arn:aws:iam::123456789012:role/*"]'),
        ("DEPLOY_ROLE_ARN", "deploy"),
    ],
)
def test_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} "):
        Settings.from_environment({**ENVIRONMENT, name: value})


def test_manifest() -> None:
    assert MANIFEST.detections[READ] == ManifestDetection(
        READ,
        f"The decoy secret {SECRET} was read",
        "contain",
        Decoy("secret", SECRET, SECRET_ARN, "eu-west-1", tuple(SECRET_DECOY["identifiers"]), ()),
        "critical",
        RUNBOOK,
        None,
        condition_from_json(SECRET_RULE),
    )
    assert MANIFEST.detections[ROOT_USE].decoy is None
    assert MANIFEST.detections[SIGN_INS].count == Count(("sourceIPAddress",), 300, 5)
    assert MANIFEST.decoy_principals == {arn.Entity("123456789012", "user", "svc-billing-export")}


def with_detection(**changes: Any) -> dict[str, Any]:
    return {**DETECTIONS, "detections": {"x": described("t", **changes)}}


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ([], "expected structure"),
        ({"detections": {}}, "expected structure"),
        ({**DETECTIONS, "detections": {"x": {"title": "t", "response": "contain"}}}, "expected structure"),
        (with_detection(response="kill"), "x.response"),
        (with_detection(level="urgent"), "x.level"),
        (with_detection(runbook=7), "x.runbook"),
        (with_detection(decoy={"kind": "bucket"}), "x watches a decoy but has no rule"),
        (with_detection(decoy={"kind": "bucket"}, rule=SECRET_RULE), "expected structure"),
        (with_detection(decoy={**SECRET_DECOY, "identifiers": [""]}, rule=SECRET_RULE), "expected structure"),
        (with_detection(decoy=SECRET_DECOY, rule={"nor": []}), "expected structure"),
        (with_detection(count={"kind": "event_count"}), "expected structure"),
        (with_detection(count=counted("a", 0)), "x.count"),
        (with_detection(count=counted("a", 5) | {"seconds": True}), "x.count"),
        (with_detection(count=counted("a", 5) | {"groupBy": [1]}), "x.count"),
        ({**DETECTIONS, "decoy_principals": ["alice"]}, "decoy_principals"),
    ],
)
def test_wrong_manifest_is_refused(document: Any, named: str) -> None:
    with pytest.raises(ManifestError, match=rf"^detections.json.*{named}"):
        manifest.parse(document)


@pytest.mark.parametrize("text", [None, "", "{"])
def test_unreadable_manifest_is_refused(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "detections.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ManifestError, match=r"^detections.json can't be read"):
        manifest.load(path)
