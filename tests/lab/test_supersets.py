"""A rule that neither path can express, in the lab: its queries match every new user, the responder only some."""

from collections.abc import Iterator

import pytest

from deadfall import stack_lab
from deadfall.stack_lab import StackLab
from tests.components.test_supersets import make_project

from .test_detections import allow
from .test_trap import HOME, answer, incident_of, mails_about

RULE = """\
title: A spy was created
id: 5b5ee1e4-5a46-4f4e-8a3d-5f9b1b4f4a11
level: high
logsource: {product: aws, service: cloudtrail}
detection:
  call:
    eventSource: iam.amazonaws.com
    eventName: CreateUser
    requestParameters.userName|re: '^spy-'
  condition: call
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackLab]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stack_lab, "PROJECT", make_project(tmp_path_factory.mktemp("project"), "spies", RULE))
        with StackLab.started(overrides={"deadfall:detections": "{}"}) as lab:
            lab.up()
            yield lab


def test_only_what_the_rule_matches_is_reported(lab: StackLab) -> None:
    admin = lab.emulator.client("iam", HOME, lab.user("administrator", allow("iam:CreateUser")))
    alarms = lab.emulator.client("cloudwatch", HOME)

    def rings() -> bool:
        (alarm,) = alarms.describe_alarms(AlarmNames=[lab.names.detection("spies")])["MetricAlarms"]
        return alarm["StateValue"] == "ALARM"

    assert answer(lambda: admin.create_user(UserName="clerk")) == "ok"
    lab.wait_for("the alarm of the log path", rings)
    lab.emulator.settle()
    assert (lab.incidents(), lab.mails("soc@example.com"), lab.mails("oncall@example.com")) == ([], [], [])

    assert answer(lambda: admin.create_user(UserName="spy-1")) == "ok"
    incident = incident_of(lab, "administrator", "OBSERVED")
    assert incident["detection"]["id"] == "spies"
    assert len(mails_about(lab, "administrator")) == 1
