"""A decoy parameter in the lab: which calls contain the caller, which are recorded only, and which are neither."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from deadfall.decoys.parameter import ParameterDecoy
from deadfall.lab.emulator import Credentials
from deadfall.stack_lab import StackLab
from tests.conftest import FEW_DETECTIONS

from .test_trap import AGENT, HOME, IP, answer, incident_of, incidents_of

NAME = "/prod/ledger/api-token"
READS = {"Effect": "Allow", "Action": ["ssm:*", "secretsmanager:ListSecrets"], "Resource": "*"}
BY_PATH = {
    "Effect": "Allow",
    "Action": ["ssm:GetParametersByPath", "secretsmanager:ListSecrets"],
    "Resource": "*",
}
NOTHING_MUCH = {"Effect": "Allow", "Action": "secretsmanager:ListSecrets", "Resource": "*"}
OVERRIDES = {"deadfall:detections": json.dumps({**FEW_DETECTIONS, "decoy_parameter_*": "default"})}


@pytest.fixture(scope="module")
def lab() -> Iterator[StackLab]:
    with StackLab.started(overrides=OVERRIDES) as lab:
        lab.up()
        yield lab


def ssm(lab: StackLab, who: Credentials) -> Any:
    return lab.emulator.client("ssm", HOME, who, IP, AGENT)


def may(lab: StackLab, who: Credentials) -> str:
    return answer(lambda: lab.emulator.client("secretsmanager", HOME, who).list_secrets())


def test_the_lab_deploys_the_parameter_that_config_names(lab: StackLab) -> None:
    (decoy,) = lab.config.decoys_of(ParameterDecoy)
    parameter = lab.emulator.client("ssm", HOME).get_parameter(Name=NAME, WithDecryption=True)["Parameter"]
    assert (decoy.name, parameter["ARN"]) == (NAME, decoy.arn(lab.names))
    assert parameter["Type"] == "SecureString"


def test_a_thief_who_reads_it_is_contained_and_both_paths_see_it(lab: StackLab) -> None:
    thief = lab.user("token-thief", READS)
    assert answer(lambda: ssm(lab, thief).get_parameter(Name=NAME, WithDecryption=True)) == "ok"
    incident = incident_of(lab, "token-thief", "CONTAINED", "L")
    assert incident["paths"].keys() == {"E", "L"}
    assert incident["touched"]["name"] == NAME
    assert incident["where"]["source_ip"] == IP
    assert may(lab, thief) == "UnrecognizedClientException"


@pytest.mark.parametrize(
    ("who", "operation", "parameters"),
    [
        ("by-version", "get_parameter", {"Name": f"{NAME}:1", "WithDecryption": True}),
        ("by-arn", "get_parameter", {"Name": "ARN", "WithDecryption": True}),
        ("as-ciphertext", "get_parameter", {"Name": NAME}),
        ("by-history", "get_parameter_history", {"Name": NAME, "WithDecryption": True}),
        ("in-a-list", "get_parameters", {"Names": ["/prod/web/port", NAME], "WithDecryption": True}),
    ],
)
def test_every_way_to_read_it_contains(lab: StackLab, who: str, operation: str, parameters: dict[str, Any]) -> None:
    (decoy,) = lab.config.decoys_of(ParameterDecoy)
    given = {key: decoy.arn(lab.names) if value == "ARN" else value for key, value in parameters.items()}
    thief = lab.user(who, READS)
    assert answer(lambda: getattr(ssm(lab, thief), operation)(**given)) == "ok"
    incident_of(lab, who, "CONTAINED")
    assert may(lab, thief) == "UnrecognizedClientException"


@pytest.mark.parametrize(
    ("who", "operation", "parameters"),
    [
        ("denied-alone", "get_parameter", {"Name": NAME}),
        ("denied-in-a-list", "get_parameters", {"Names": [NAME]}),
        ("denied-history", "get_parameter_history", {"Name": NAME}),
    ],
)
def test_a_denied_read_contains(lab: StackLab, who: str, operation: str, parameters: dict[str, Any]) -> None:
    thief = lab.user(who, NOTHING_MUCH)
    assert answer(lambda: getattr(ssm(lab, thief), operation)(**parameters)) == "AccessDeniedException"
    incident = incident_of(lab, who, "CONTAINED")
    assert incident["what"]["outcome"] == "failed"
    assert incident["touched"]["name"] == NAME


def test_a_call_by_path_alone_is_recorded_and_contains_no_caller(lab: StackLab) -> None:
    reader = lab.user("path-reader", BY_PATH)
    found = ssm(lab, reader).get_parameters_by_path(Path="/prod/ledger")["Parameters"]
    assert [parameter["Name"] for parameter in found] == [NAME]
    incident = incident_of(lab, "path-reader", "OBSERVED")
    assert incident["detection"]["id"] == "value-metadata"
    assert incident["actions"] == []
    assert incident["alert"]["outcome"] == "not-needed"
    lab.emulator.settle()
    assert len(incidents_of(lab, "path-reader")) == 1
    assert may(lab, reader) == "ok"


def test_a_call_by_path_with_decryption_contains_for_the_decrypt_behind_it(lab: StackLab) -> None:
    thief = lab.user("path-thief", READS)
    call = {"Path": "/prod", "Recursive": True, "WithDecryption": True}
    assert answer(lambda: ssm(lab, thief).get_parameters_by_path(**call)) == "ok"

    def outcomes() -> set[tuple[str, str, str]]:
        return {
            (each["what"]["event_name"], each["status"], each["touched"]["name"])
            for each in incidents_of(lab, "path-thief")
        }

    expected = {("Decrypt", "CONTAINED", NAME), ("GetParametersByPath", "OBSERVED", "value-metadata")}
    lab.wait_for("the caller contained for the decrypt alone", lambda: outcomes() == expected)
    assert may(lab, thief) == "UnrecognizedClientException"


def test_a_denied_change_alerts_and_contains_no_caller(lab: StackLab) -> None:
    vandal = lab.user("vandal", NOTHING_MUCH)
    assert answer(lambda: ssm(lab, vandal).delete_parameter(Name=NAME)) == "AccessDeniedException"
    incident = incident_of(lab, "vandal", "OBSERVED")
    assert incident["actions"] == []
    assert incident["alert"]["outcome"] == "sent"
    assert may(lab, vandal) == "ok"


def test_a_parameter_with_a_name_like_the_decoys_is_nothing(lab: StackLab) -> None:
    others = (f"{NAME}2", f"{NAME}/old", "/stage/ledger/api-token")
    for name in others:
        lab.emulator.client("ssm", HOME).put_parameter(Name=name, Value="real", Type="SecureString")
    app = lab.user("honest-ledger", READS)
    for name in others:
        assert ssm(lab, app).get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "real"
    ssm(lab, app).get_parameters(Names=list(others), WithDecryption=True)
    assert answer(lambda: ssm(lab, lab.user("curious", NOTHING_MUCH)).get_parameter(Name=f"{NAME}2")) != "ok"
    lab.emulator.settle()

    # A touch after them: what came before it is handled by now.
    assert answer(lambda: ssm(lab, lab.user("last", READS)).get_parameter(Name=NAME)) == "ok"
    incident_of(lab, "last", "CONTAINED")
    assert incidents_of(lab, "honest-ledger") == incidents_of(lab, "curious") == []
    assert may(lab, app) == "ok"


def test_the_deploy_role_reading_it_is_suppressed(lab: StackLab) -> None:
    deploy = lab.session(lab.config.deploy_role_arn, "pulumi")
    assert answer(lambda: ssm(lab, deploy).get_parameter(Name=NAME, WithDecryption=True)) == "ok"

    def suppressed() -> list[dict[str, Any]]:
        return [each for each in incidents_of(lab, "deploy") if each["touched"]["name"] == NAME]

    incident = lab.wait_for("the suppressed read", suppressed)[0]
    assert (incident["status"], incident["actions"]) == ("SUPPRESSED", [])
