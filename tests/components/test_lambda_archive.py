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
from tests.components.recorded import inputs

RESPONDERS = Path(__file__).parents[2] / "responders"
USER_ARN = "arn:aws:iam::111122223333:user/svc-billing-export"


def assets(result: Result) -> dict[str, Any]:
    code = inputs(result, "lambda.Function", "responder")["code"]
    assert signature(code) == ARCHIVE
    return code["assets"]


def test_it_holds_the_package_and_the_manifest(applied):
    _, result = applied
    members = assets(result)
    del members["detections.json"]
    files = {path.relative_to(RESPONDERS).as_posix(): path for path in (RESPONDERS / "kill_switch").rglob("*.py")}
    assert {"kill_switch/handler.py", "kill_switch/actions/deny_user.py"} < set(files)
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
    monkeypatch.setattr(lambda_archive, "PACKAGE", package)

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
    _, result = applied
    (secret,) = (r for r in result.resources if r.type == "aws:secretsmanager/secret:Secret")
    partial_arn, _, suffix = secret.outputs["arn"].rpartition("-")
    assert partial_arn == "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/billing/postgres"
    assert len(suffix) == 6
    billing = {
        "kind": "secret",
        "name": "prod/billing/postgres",
        "arn": secret.outputs["arn"],
        "region": "eu-west-1",
    }
    user = {"kind": "accessKey", "name": "svc-billing-export", "arn": USER_ARN, "region": "us-east-1"}
    assert json.loads(assets(result)["detections.json"]["text"]) == {
        "detections": {
            "root-use": {
                "title": "The root user of the account was used",
                "response": "alert",
                "decoy": None,
            },
            "trail-change": {
                "title": "CloudTrail was stopped, deleted or told to record less",
                "response": "alert",
                "decoy": None,
            },
            "access-8e9544": {
                "title": "The decoy secret prod/billing/postgres was read",
                "response": "contain",
                "decoy": billing,
            },
            "decrypt-8e9544": {
                "title": "The decoy secret prod/billing/postgres was decrypted",
                "response": "contain",
                "decoy": billing,
            },
            "activity-34d472": {
                "title": "The decoy access key of svc-billing-export was used",
                "response": "alert",
                "decoy": user,
            },
        },
        "decoy_principals": [USER_ARN],
    }
