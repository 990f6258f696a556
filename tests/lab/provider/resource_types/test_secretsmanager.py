import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deadfall.lab.emulator import Emulator
from deadfall.lab.provider.values import SECRET, secret, signature

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider

SECRET_TYPE = "aws:secretsmanager/secret:Secret"
VERSION_TYPE = "aws:secretsmanager/secretVersion:SecretVersion"


@pytest.fixture
def manager(emulator: Emulator) -> Any:
    return emulator.client("secretsmanager", REGION)


def test_a_secret_lives(provider: Provider, manager: Any) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
        "Action": "secretsmanager:DeleteSecret",
        "Resource": "*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    made = provider.create(SECRET_TYPE, {"name": "prod/db", "description": "one", "recoveryWindowInDays": 0})
    assert re.fullmatch(rf"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:prod/db-[A-Za-z0-9]{{6}}", made.id)
    assert made.plain == {
        "name": "prod/db",
        "description": "one",
        "recoveryWindowInDays": 0,
        "arn": made.id,
        "region": REGION,
        "tagsAll": TAGS,
    }
    assert provider.is_settled(made)
    made = provider.is_changed(
        made,
        {
            "description": "two",
            "kmsKeyId": "alias/aws/secretsmanager",
            "policy": json.dumps(policy),
            "tags": {"a": "b"},
        },
    )
    told = manager.describe_secret(SecretId="prod/db")
    assert (told["Description"], told["KmsKeyId"]) == ("two", "alias/aws/secretsmanager")
    assert {t["Key"]: t["Value"] for t in told["Tags"]} == {**TAGS, "a": "b"}
    assert json.loads(manager.get_resource_policy(SecretId="prod/db")["ResourcePolicy"]) == policy
    made = provider.is_changed(made, {"policy": None})
    assert "ResourcePolicy" not in manager.get_resource_policy(SecretId="prod/db")
    assert provider.is_replaced_by(made, {"name": "prod/other", "region": "us-east-1"})
    assert provider.is_gone(made)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        manager.describe_secret(SecretId="prod/db")


def test_a_recovery_window_keeps_a_deleted_secret(provider: Provider, manager: Any) -> None:
    made = provider.create(SECRET_TYPE, {"name": "prod/kept", "recoveryWindowInDays": 7})
    assert provider.is_gone(made)
    told = manager.describe_secret(SecretId="prod/kept")
    assert 6 <= (told["DeletedDate"] - told["CreatedDate"]).days <= 7
    manager.delete_secret(SecretId="prod/kept", ForceDeleteWithoutRecovery=True)


def test_a_value_lives(provider: Provider, manager: Any) -> None:
    owner = provider.create(SECRET_TYPE, {"name": "prod/db", "recoveryWindowInDays": 0})
    one = provider.create(VERSION_TYPE, {"secretId": owner.id, "secretString": secret("one")})
    assert signature(one.outputs["secretString"]) == SECRET
    assert manager.get_secret_value(SecretId="prod/db")["SecretString"] == "one"
    assert one.id == f"{owner.id}|{one.outputs['versionId']}"
    assert one.outputs["versionStages"] == ["AWSCURRENT"]
    assert provider.is_settled(one)
    assert provider.is_replaced_by(one, {"secretString": secret("two"), "secretId": "another"})

    two = provider.create(VERSION_TYPE, {"secretId": owner.id, "secretString": secret("two")})
    assert manager.get_secret_value(SecretId="prod/db")["SecretString"] == "two"
    provider.delete(one)
    stages = manager.describe_secret(SecretId="prod/db")["VersionIdsToStages"]
    assert stages.get(one.outputs["versionId"], []) == []
    provider.delete(two)  # the current one stays as long as the secret does
    assert manager.get_secret_value(SecretId="prod/db")["SecretString"] == "two"
    assert provider.is_gone(owner)
    assert provider.read(two) is None
