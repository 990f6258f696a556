from typing import Any

import pytest

from deadfall.lab.emulator import Emulator
from deadfall.lab.provider.values import SECRET, secret, signature

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider

PARAMETER = "aws:ssm/parameter:Parameter"
NAME = "/prod/db"


@pytest.fixture
def manager(emulator: Emulator) -> Any:
    return emulator.client("ssm", REGION)


def test_a_parameter_lives(provider: Provider, manager: Any) -> None:
    made = provider.create(
        PARAMETER, {"name": NAME, "type": "SecureString", "value": secret("one"), "description": "first"}
    )
    assert made.id == NAME
    assert signature(made.outputs["value"]) == SECRET
    assert made.outputs["arn"] == f"arn:aws:ssm:{REGION}:{ACCOUNT_ID}:parameter{NAME}"
    assert made.outputs["version"] == 1
    assert provider.is_settled(made)

    made = provider.is_changed(made, {"value": secret("two"), "description": "second", "tags": {"a": "b"}})
    parameter = manager.get_parameter(Name=NAME, WithDecryption=True)["Parameter"]
    assert (parameter["Value"], parameter["Type"], parameter["Version"]) == ("two", "SecureString", 2)
    (described,) = manager.describe_parameters()["Parameters"]
    assert (described["Description"], described["KeyId"]) == ("second", "alias/aws/ssm")
    listed = manager.list_tags_for_resource(ResourceType="Parameter", ResourceId=NAME)["TagList"]
    assert {tag["Key"]: tag["Value"] for tag in listed} == {**TAGS, "a": "b"}

    assert provider.is_replaced_by(made, {"name": "/prod/other", "region": "us-east-1"})
    assert provider.is_gone(made)
    assert manager.describe_parameters()["Parameters"] == []
