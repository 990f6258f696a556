from typing import Any

import pytest

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine.plugin import PluginError

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider

WORKGROUP = "aws:athena/workgroup:Workgroup"
QUERY = "aws:athena/namedQuery:NamedQuery"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/k"
RESULTS = {
    "outputLocation": "s3://results/",
    "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY},
}


def test_a_workgroup_lives(provider: Provider, emulator: Emulator) -> None:
    athena = emulator.client("athena", REGION)
    group = provider.create(WORKGROUP, {"name": "hunters", "configuration": {"resultConfiguration": RESULTS}})

    def configuration() -> Any:
        return athena.get_work_group(WorkGroup="hunters")["WorkGroup"]["Configuration"]

    enforced = {"EnforceWorkGroupConfiguration": True, "PublishCloudWatchMetricsEnabled": True}
    encrypted = {"EncryptionOption": "SSE_KMS", "KmsKey": KEY}
    assert configuration() == {
        **enforced,
        "ResultConfiguration": {"OutputLocation": "s3://results/", "EncryptionConfiguration": encrypted},
    }
    assert group.plain["arn"] == f"arn:aws:athena:{REGION}:{ACCOUNT_ID}:workgroup/hunters"
    assert group.plain["tagsAll"] == TAGS
    assert provider.is_settled(group)
    loose = {
        "enforceWorkgroupConfiguration": False,
        "resultConfiguration": {"outputLocation": "s3://elsewhere/"},
    }
    group = provider.is_changed(group, {"configuration": loose, "tags": {"Team": "other"}})
    assert configuration() == {
        "EnforceWorkGroupConfiguration": False,
        "PublishCloudWatchMetricsEnabled": True,
        "ResultConfiguration": {"OutputLocation": "s3://elsewhere/"},
        "ManagedQueryResultsConfiguration": {"Enabled": False},
    }
    arn = group.plain["arn"]
    assert athena.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "Team", "Value": "other"}]
    assert provider.is_replaced_by(group, {"name": "other", "region": "us-east-1"})
    assert provider.is_gone(group)


def test_athena_may_keep_the_answers_itself(provider: Provider, emulator: Emulator) -> None:
    managed = {"enabled": True, "encryptionConfiguration": {"kmsKey": KEY}}
    group = provider.create(
        WORKGROUP, {"name": "managed", "configuration": {"managedQueryResultsConfiguration": managed}}
    )
    told = emulator.client("athena", REGION).get_work_group(WorkGroup="managed")["WorkGroup"]["Configuration"]
    assert told["ManagedQueryResultsConfiguration"] == {"Enabled": True, "EncryptionConfiguration": {"KmsKey": KEY}}
    assert provider.is_settled(group)
    group = provider.is_changed(group, {"configuration": {"managedQueryResultsConfiguration": {"enabled": True}}})
    group = provider.is_changed(group, {"configuration": {"resultConfiguration": RESULTS}})
    assert provider.is_gone(group)


def test_answers_are_in_one_place(provider: Provider) -> None:
    both = {"managedQueryResultsConfiguration": {"enabled": True}, "resultConfiguration": RESULTS}
    with pytest.raises(PluginError, match=r"^creating it: CreateWorkGroup: InvalidRequestException: "):
        provider.create(WORKGROUP, {"name": "both", "configuration": both})


def test_what_somebody_else_loosens_is_seen(provider: Provider, emulator: Emulator) -> None:
    group = provider.create(WORKGROUP, {"name": "loosened", "configuration": {"resultConfiguration": RESULTS}})
    emulator.client("athena", REGION).update_work_group(
        WorkGroup="loosened", ConfigurationUpdates={"EnforceWorkGroupConfiguration": False}
    )
    found = provider.read(group)
    assert found is not None
    assert provider.diff(found, group.inputs)[0] == {"configuration"}
    provider.delete(group)


def test_a_saved_query_lives(provider: Provider, emulator: Emulator) -> None:
    group = provider.create(WORKGROUP, {"name": "hunters"})
    query = provider.create(
        QUERY, {"name": "root-use", "database": "audit", "workgroup": "hunters", "query": "SELECT 1"}
    )
    told = emulator.client("athena", REGION).get_named_query(NamedQueryId=query.id)["NamedQuery"]
    assert (told["Name"], told["Database"], told["QueryString"], told["WorkGroup"]) == (
        "root-use",
        "audit",
        "SELECT 1",
        "hunters",
    )
    assert provider.is_settled(query)
    assert provider.is_replaced_by(
        query, {"name": "x", "database": "x", "query": "SELECT 2", "workgroup": "primary", "description": "x"}
    )
    assert provider.is_gone(query)
    assert provider.is_gone(group)
