"""The archive that Lambda gets: the package and its manifest, and nothing else of what lies beside them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components import lambda_archive
from deadfall.lab.engine import Result
from deadfall.lab.provider.values import ARCHIVE, signature
from deadfall.patterns.condition_json import condition_from_json
from deadfall.rules.catalog import detections
from tests.components.recorded import inputs

ROOT = Path(__file__).parents[2]
USER_ARN = "arn:aws:iam::111122223333:user/svc-billing-export"


def assets(result: Result) -> dict[str, Any]:
    code = inputs(result, "lambda.Function", "responder")["code"]
    assert signature(code) == ARCHIVE
    return code["assets"]


def test_it_holds_the_package_and_the_manifest(applied):
    _, result = applied
    members = assets(result)
    del members["detections.json"]
    files = {
        **{
            path.relative_to(ROOT / "responders").as_posix(): path
            for path in ROOT.glob("responders/kill_switch/**/*.py")
        },
        **{path.relative_to(ROOT).as_posix(): path for path in ROOT.glob("deadfall/patterns/**/*.py")},
    }
    assert {
        "kill_switch/handler.py",
        "kill_switch/actions/deny_user.py",
        "deadfall/patterns/condition_json.py",
    } < set(files)
    assert {name: Path(asset["path"]) for name, asset in members.items()} == files


def test_it_leaves_caches_and_editor_files_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    package = tmp_path / "kill_switch"
    for name in (
        *("__init__.py", "handler.py", "actions/__init__.py", "actions/deny_user.py"),
        *("__pycache__/handler.cpython-313.pyc", "actions/__pycache__/deny_user.cpython-313.pyc"),
        *(".handler.py.swp", "handler.py~", ".DS_Store", "README.md"),
    ):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("")
    monkeypatch.setattr(lambda_archive, "PACKAGES", {"kill_switch": package})

    async def made() -> Any:
        return await lambda_archive.lambda_archive("{}").future()

    archive = asyncio.run(made())
    assert isinstance(archive, pulumi.AssetArchive)
    assert list(archive.assets) == [
        "kill_switch/__init__.py",
        "kill_switch/actions/__init__.py",
        "kill_switch/actions/deny_user.py",
        "kill_switch/handler.py",
        "detections.json",
    ]


def test_the_manifest_says_what_is_behind_each_detection(applied):
    lab, result = applied
    (secret,) = (r for r in result.resources if r.type == "aws:secretsmanager/secret:Secret")
    partial_arn, _, suffix = secret.outputs["arn"].rpartition("-")
    assert partial_arn == "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/billing/postgres"
    assert len(suffix) == 6
    billing = {
        "kind": "secret",
        "name": "prod/billing/postgres",
        "arn": secret.outputs["arn"],
        "region": "eu-west-1",
        "identifiers": [
            "prod/billing/postgres",
            partial_arn,
            secret.outputs["arn"],
            "arn:aws:ssm:eu-west-1:111122223333:parameter/aws/reference/secretsmanager/prod/billing/postgres",
        ],
        "callers": [],
    }
    user = {
        "kind": "accessKey",
        "name": "svc-billing-export",
        "arn": USER_ARN,
        "region": "us-east-1",
        "identifiers": [],
        "callers": [USER_ARN, "svc-billing-export"],
    }
    parameter_arn = "arn:aws:ssm:eu-west-1:111122223333:parameter/prod/ledger/api-token"
    token = {
        "kind": "parameter",
        "name": "/prod/ledger/api-token",
        "arn": parameter_arn,
        "region": "eu-west-1",
        "identifiers": [
            "/prod/ledger/api-token",
            "/prod/ledger/api-token:*",
            parameter_arn,
            f"{parameter_arn}:*",
        ],
        "callers": [],
    }
    manifest = json.loads(assets(result)["detections.json"]["text"])
    assert manifest["decoy_principals"] == [USER_ARN]
    decoys = {name: entry["decoy"] for name, entry in manifest["detections"].items()}
    assert decoys == {
        "value-access-b0df94": token,
        "value-decrypt-b0df94": token,
        **dict.fromkeys(
            ("root-use", "trail-change", "cloudtrail-selectors-reduced", "console-logins-failed", "guardduty-finding")
        ),
        **dict.fromkeys(("access-8e9544", "batch-access-8e9544", "decrypt-8e9544"), billing),
        "activity-34d472": user,
    }
    rule = manifest["detections"]["access-8e9544"].pop("rule")
    (compiled,) = (each for each in detections(lab.config) if each.id == "access-8e9544")
    assert condition_from_json(rule) == compiled.rule.condition
    assert manifest["detections"]["access-8e9544"] == {
        "title": "The decoy secret prod/billing/postgres was read",
        "response": "contain",
        "level": "critical",
        "runbook": "docs/runbooks.md#decoy-secret-read",
        "count": None,
        "supersets": [],
        "decoy": billing,
    }
    assert manifest["detections"]["console-logins-failed"] == {
        "title": "Many console sign-ins failed from one address",
        "response": "alert",
        "level": "medium",
        "runbook": "docs/runbooks.md#console-sign-ins",
        "count": {
            "groupBy": ["sourceIPAddress"],
            "seconds": 300,
            "atLeast": 5,
        },
        "rule": None,
        "supersets": [],
        "decoy": None,
    }
