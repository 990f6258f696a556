"""The archive is self-contained: package and manifest in an empty folder, a fresh interpreter, nothing of ours."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

from components.lambda_archive import PACKAGES
from tests.responders.kill_switch.world import DETECTIONS, ENVIRONMENT

PROGRAM = """
import json, sys
from kill_switch.handler import _deployed, lambda_handler
settings, manifest, aws = _deployed()
for service in ("iam", "dynamodb", "s3", "sns", "logs", "cloudwatch"):
    getattr(aws, service)
ours = sorted({"components", "deadfall.config", "responders", "pulumi", "pydantic"} & set(sys.modules))
print(json.dumps({"detections": sorted(manifest.detections), "ours": ours}))
"""


def test_imports_are_relative_or_of_the_standard_library_or_boto3() -> None:
    for path in sorted(PACKAGES["kill_switch"].rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in names:
                ours = name.startswith("deadfall.patterns")
                assert ours or name.split(".")[0] in {*sys.stdlib_module_names, "boto3", "botocore"}, (
                    f"{path.name}: {name}"
                )


def test_archive_is_self_contained(tmp_path: Path) -> None:
    for name, folder in PACKAGES.items():
        shutil.copytree(folder, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "detections.json").write_text(json.dumps(DETECTIONS))
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={**ENVIRONMENT, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {"detections": sorted(DETECTIONS["detections"]), "ours": []}


def test_wrong_deployment_fails_aloud(tmp_path: Path) -> None:
    """A manifest that is missing must reach the dead-letter queue rather than fail silently."""
    for name, folder in PACKAGES.items():
        shutil.copytree(folder, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    ran = subprocess.run(
        [sys.executable, "-c", "from kill_switch.handler import lambda_handler; lambda_handler({}, None)"],
        cwd=tmp_path,
        env={**ENVIRONMENT, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert "ManifestError: detections.json can't be read" in ran.stderr
