"""A detection whose queries match more than its rule: the responder evaluates the rule, and alone notifies."""

import json
import shutil
from pathlib import Path

import pytest

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine import Deployment, Result
from deadfall.patterns.condition_json import condition_from_json
from deadfall.rules.catalog import DETECTIONS, detections
from deadfall.stack_files import PROJECT, SEED, config_of
from tests.components.recorded import dependencies, inputs
from tests.components.test_lambda_archive import assets

RULE = """\
title: SSH was opened to the world
id: 5b5ee1e4-5a46-4f4e-8a3d-5f9b1b4f4a11
level: high
logsource: {product: aws, service: cloudtrail}
detection:
  call:
    eventSource: ec2.amazonaws.com
    eventName: AuthorizeSecurityGroupIngress
    requestParameters.ipPermissions.items.ipRanges.items.cidrIp: 0.0.0.0/0
    requestParameters.ipPermissions.items.fromPort: 22
  condition: call
"""
PROGRAM = """\
import functools, pathlib, runpy
from deadfall.rules import catalog

catalog.detections = functools.partial(catalog.detections, folder=pathlib.Path("rules"))
runpy.run_path({program!r}, run_name="__main__")
"""


def make_project(folder: Path, name: str, rule: str) -> Path:
    """The program with two detections: this one, and an exact one."""
    for file in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(PROJECT / file, folder / file)
    (folder / "__main__.py").write_text(PROGRAM.format(program=str(PROJECT / "__main__.py")))
    (folder / "rules").mkdir()
    (folder / "rules" / f"{name}.yml").write_text(rule)
    shutil.copy(DETECTIONS / "root_use.yml", folder / "rules")
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("project"), "ssh_opened", RULE)


@pytest.fixture(scope="module")
def planned(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    with Emulator.start("111122223333") as emulator:
        return Deployment(
            project,
            "dev",
            config={**SEED, "deadfall:detections": "{}"},
            secrets=SEED,
            provider_environment={
                "AWS_ENDPOINT_URL": emulator.endpoint,
                "AWS_ACCESS_KEY_ID": "111122223333",
                "AWS_SECRET_ACCESS_KEY": "test",
            },
            state=tmp_path_factory.mktemp("plan") / "state.json",
        ).preview()


def test_its_alarm_notifies_nobody(planned: Result) -> None:
    alarm = inputs(planned, "cloudwatch.MetricAlarm", "ssh-opened")
    assert "alarmActions" not in alarm
    assert (alarm["namespace"], alarm["metricName"]) == ("account-audit/supersets", "ssh-opened")
    fed = inputs(planned, "cloudwatch.LogMetricFilter", "ssh-opened")
    assert fed["metricTransformation"] == {"namespace": "account-audit/supersets", "name": "ssh-opened", "value": "1"}
    assert dependencies(planned, "cloudwatch.MetricAlarm", "ssh-opened") == {"cloudwatch.LogMetricFilter ssh-opened"}


def test_an_exact_ones_does(planned: Result) -> None:
    assert inputs(planned, "cloudwatch.MetricAlarm", "root-use")["alarmActions"] == [
        "arn:aws:sns:eu-west-1:111122223333:account-audit-alarms"
    ]


def test_its_alarm_starts_the_responder(planned: Result) -> None:
    pattern = inputs(planned, "cloudwatch.EventRule", "responder-alarm-change")["eventPattern"]
    (metric,) = pattern["detail"]["configuration"]["metrics"].values()
    assert metric == {"metric": {"namespace": ["account-audit/detections", "account-audit/supersets"]}}


def test_the_responder_knows_the_rule(planned: Result, project: Path) -> None:
    known = json.loads(assets(planned)["detections.json"]["text"])["detections"]
    (detection,) = (each for each in detections(config_of("dev"), project / "rules") if each.id == "ssh-opened")
    assert condition_from_json(known["ssh-opened"]["rule"]) == detection.rule.condition
    assert known["ssh-opened"]["supersets"] == ["E", "L"]
    assert (known["root-use"]["rule"], known["root-use"]["supersets"]) == (None, [])
