import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deadfall.lab.emulator import Emulator
from deadfall.lab.provider.archive import add_hashes
from deadfall.lab.provider.values import ARCHIVE, ASSET, SIGNATURE

from ..driver import ACCOUNT_ID, REGION, TAGS, Made, Provider, allow, trust

FUNCTION = "aws:lambda/function:Function"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:it"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:dead"


def code(answer: int) -> dict[str, Any]:
    """An archive as an engine hands it on."""
    asset = {SIGNATURE: ASSET, "text": f"def answer(event, context):\n    return {answer}\n"}
    return add_hashes({SIGNATURE: ARCHIVE, "assets": {"it.py": asset}}, Path())


@pytest.fixture
def role(provider: Provider) -> Iterator[Made]:
    role = provider.create("aws:iam/role:Role", {"name": "it-runs", "assumeRolePolicy": trust("lambda.amazonaws.com")})
    policy = {"role": "it-runs", "name": "dead-letters", "policy": allow("sqs:SendMessage")}
    policy = provider.create("aws:iam/rolePolicy:RolePolicy", policy)
    yield role
    provider.delete(policy)
    provider.delete(role)


@pytest.fixture
def function(provider: Provider, role: Made) -> Iterator[Made]:
    function = provider.create(
        FUNCTION,
        {"name": "it", "role": role.outputs["arn"], "runtime": "python3.12", "handler": "it.answer", "code": code(1)},
    )
    yield function
    provider.delete(function)


@pytest.fixture
def queue(provider: Provider) -> Iterator[Made]:
    queue = provider.create("aws:sqs/queue:Queue", {"name": "dead"})
    yield queue
    provider.delete(queue)


@pytest.mark.usefixtures("queue")
def test_a_function_lives(provider: Provider, emulator: Emulator, role: Made) -> None:
    functions = emulator.client("lambda", REGION)
    function = provider.create(
        FUNCTION,
        {
            "name": "it",
            "role": role.outputs["arn"],
            "runtime": "python3.12",
            "handler": "it.answer",
            "code": code(1),
            "timeout": 20,
            "memorySize": 256,
            "architectures": ["arm64"],
            "environment": {"variables": {"MODE": "b"}},
            "deadLetterConfig": {"targetArn": QUEUE},
            "reservedConcurrentExecutions": 2,
        },
    )

    def told() -> dict[str, Any]:
        found = functions.get_function(FunctionName="it")
        configuration = found["Configuration"]
        keys = ("Runtime", "Handler", "Timeout", "MemorySize", "Architectures")
        return {key: configuration[key] for key in keys} | {
            "variables": configuration.get("Environment", {}).get("Variables") or None,
            "dead letters": configuration.get("DeadLetterConfig", {}).get("TargetArn") or None,
            "reserved": found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
            "tags": found["Tags"],
        }

    def answer() -> Any:
        return json.loads(functions.invoke(FunctionName="it", Payload=b"{}")["Payload"].read())

    assert told() == {
        "Runtime": "python3.12",
        "Handler": "it.answer",
        "Timeout": 20,
        "MemorySize": 256,
        "Architectures": ["arm64"],
        "variables": {"MODE": "b"},
        "dead letters": QUEUE,
        "reserved": 2,
        "tags": TAGS,
    }
    assert (function.id, function.outputs["arn"], function.outputs["version"]) == ("it", ARN, "$LATEST")
    assert answer() == 1
    assert provider.is_settled(function)

    function = provider.is_changed(
        function,
        {
            "code": code(2),
            "timeout": None,
            "memorySize": 512,
            "environment": None,
            "deadLetterConfig": None,
            "reservedConcurrentExecutions": None,
            "tags": {"Env": "dev"},
        },
    )
    assert told() == {
        "Runtime": "python3.12",
        "Handler": "it.answer",
        "Timeout": 3,
        "MemorySize": 512,
        "Architectures": ["arm64"],
        "variables": None,
        "dead letters": None,
        "reserved": None,
        "tags": {**TAGS, "Env": "dev"},
    }
    assert answer() == 2
    assert provider.is_replaced_by(function, {"name": "other", "region": "us-east-1"})
    assert provider.is_gone(function)


def test_a_permission_lives(provider: Provider, emulator: Emulator, function: Made) -> None:
    functions = emulator.client("lambda", REGION)
    inputs = {
        "function": function.id,
        "statementId": "rule",
        "action": "lambda:InvokeFunction",
        "principal": "events.amazonaws.com",
        "sourceArn": f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/it",
        "sourceAccount": ACCOUNT_ID,
    }
    permission = provider.create("aws:lambda/permission:Permission", inputs)
    statements = json.loads(functions.get_policy(FunctionName="it")["Policy"])["Statement"]
    assert [(s["Sid"], s["Principal"], s["Action"], s["Resource"]) for s in statements] == [
        ("rule", {"Service": "events.amazonaws.com"}, "lambda:InvokeFunction", ARN)
    ]
    assert permission.plain == {**inputs, "region": REGION}
    assert provider.is_settled(permission)
    assert provider.is_replaced_by(permission, {key: f"{value}-other" for key, value in inputs.items()})
    assert provider.is_gone(permission)


@pytest.mark.usefixtures("queue")
def test_an_event_invoke_config_lives(provider: Provider, emulator: Emulator, function: Made) -> None:
    functions = emulator.client("lambda", REGION)
    config = provider.create(
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        {"functionName": "it", "maximumRetryAttempts": 2, "destinationConfig": {"onFailure": {"destination": QUEUE}}},
    )
    told = functions.get_function_event_invoke_config(FunctionName="it")
    assert (told["MaximumRetryAttempts"], told["DestinationConfig"]["OnFailure"]) == (2, {"Destination": QUEUE})
    assert provider.is_settled(config)
    config = provider.is_changed(config, {"maximumRetryAttempts": 0, "maximumEventAgeInSeconds": 600})
    told = functions.get_function_event_invoke_config(FunctionName="it")
    assert (told["MaximumRetryAttempts"], told["MaximumEventAgeInSeconds"]) == (0, 600)
    assert provider.is_replaced_by(config, {"functionName": "other"})
    assert provider.is_gone(config)
