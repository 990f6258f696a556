import json
from typing import Any

from deadfall.lab.emulator import Emulator

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"


def policy(sid: str) -> str:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_key_lives(provider: Provider, emulator: Emulator) -> None:
    kms = emulator.client("kms", REGION)
    key = provider.create(
        KEY, {"description": "one", "policy": policy("One"), "enableKeyRotation": True, "deletionWindowInDays": 7}
    )

    def seen() -> dict[str, Any]:
        told = kms.describe_key(KeyId=key.id)["KeyMetadata"]
        return {
            "description": told["Description"],
            "enabled": told["Enabled"],
            "rotated": kms.get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"],
            "policy": json.loads(kms.get_key_policy(KeyId=key.id, PolicyName="default")["Policy"]),
            "tags": {t["TagKey"]: t["TagValue"] for t in kms.list_resource_tags(KeyId=key.id)["Tags"]},
        }

    assert seen() == {
        "description": "one",
        "enabled": True,
        "rotated": True,
        "policy": json.loads(policy("One")),
        "tags": TAGS,
    }
    assert key.outputs["arn"] == f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/{key.id}"
    assert key.outputs["keyId"] == key.id
    assert provider.is_settled(key)

    key = provider.is_changed(
        key,
        {
            "description": "two",
            "policy": policy("Two"),
            "enableKeyRotation": None,
            "isEnabled": False,
            "tags": {"Team": "other", "Env": "dev"},
        },
    )
    assert seen() == {
        "description": "two",
        "enabled": False,
        "rotated": False,
        "policy": json.loads(policy("Two")),
        "tags": {"Team": "other", "Env": "dev"},
    }
    key = provider.is_changed(key, {"isEnabled": True, "tags": None})
    assert (seen()["enabled"], seen()["tags"]) == (True, TAGS)
    assert provider.is_replaced_by(key, {"multiRegion": True, "region": "us-east-1"})
    assert provider.is_gone(key)
    assert kms.describe_key(KeyId=key.id)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_an_alias_lives(provider: Provider, emulator: Emulator) -> None:
    kms = emulator.client("kms", REGION)
    keys = [provider.create(KEY, {"deletionWindowInDays": 7}, name) for name in ("one", "two")]
    alias = provider.create(ALIAS, {"name": "alias/lab", "targetKeyId": keys[0].outputs["arn"]})

    def target() -> str:
        return kms.describe_key(KeyId="alias/lab")["KeyMetadata"]["KeyId"]

    assert target() == keys[0].id
    assert alias.plain == {
        "name": "alias/lab",
        "targetKeyId": keys[0].outputs["arn"],
        "arn": f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:alias/lab",
        "targetKeyArn": keys[0].outputs["arn"],
        "region": REGION,
    }
    assert provider.is_settled(alias)
    alias = provider.is_changed(alias, {"targetKeyId": keys[1].id})
    assert target() == keys[1].id
    assert provider.is_replaced_by(alias, {"name": "alias/other"})
    assert provider.is_gone(alias)
    assert all(provider.is_gone(key) for key in keys)
