"""Stack config: what is right is read as it is meant, what is wrong is one sentence that names the key and the mend."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deadfall.config import ConfigError, SecretDecoy, StackConfig, parse

ROOT = Path(__file__).parent.parent
GOOD = {
    "accountId": "111122223333",
    "regions": '["eu-west-1", "us-east-1"]',
    "deployRoleArn": "arn:aws:iam::111122223333:role/ci/deploy",
    "alertEmails": '["soc@example.com"]',
    "decoys": '[{"kind": "secret", "name": "prod/db"}, {"kind": "accessKey", "userName": "svc-export"}]',
    "decoySeed": "0123456789abcdef0123456789abcdef",
}


def test_the_smallest_config_is_read_with_its_defaults():
    config = parse(GOOD)
    assert config.home == "eu-west-1"
    assert config.prefix == "account-audit"
    assert config.alarm_addresses == ("soc@example.com",)
    assert config.protected_principals == ("arn:aws:iam::111122223333:role/ci/deploy",)
    assert [d.name for d in config.secrets] == ["prod/db"]
    assert [d.user_name for d in config.access_keys] == ["svc-export"]
    assert config.keep_evidence is True
    assert "0123456789abcdef" not in repr(config)


def test_the_region_of_global_services_is_added_once():
    assert parse(GOOD).detection_regions == ("eu-west-1", "us-east-1")
    assert parse({**GOOD, "regions": '["eu-west-1"]'}).detection_regions == ("eu-west-1", "us-east-1")


def test_config_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        parse(GOOD).prefix = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("accountId", "1111", "deadfall:accountId: must be 12 digits, in quotes: YAML drops a leading zero"),
        (
            "regoins",
            "[]",
            "deadfall:regoins: is not a key of Deadfall; correct or remove it (Pulumi.yaml lists all keys)",
        ),
        (
            "regions",
            '["eu-west-9"]',
            "deadfall:regions[0]: 'eu-west-9' is not a region of the AWS partition 'aws'; write one such as eu-west-1",
        ),
        ("regions", "[]", "deadfall:regions: is too short; it needs at least 1"),
        ("regions", '["eu-west-1", "eu-west-1"]', "deadfall:regions: 'eu-west-1' stands there twice; name it once"),
        ("alertEmails", '["a@b.cd", "a@b.cd"]', "deadfall:alertEmails: 'a@b.cd' stands there twice; name it once"),
        (
            "regions",
            "eu-west-1",
            "deadfall:regions: must be a list; set it with `pulumi config set --path 'deadfall:regions[0]' …`",
        ),
        ("regions", "[oops", "deadfall:regions: is not valid JSON; set lists with `pulumi config set --path`"),
        (
            "alertEmails",
            '["soc"]',
            "deadfall:alertEmails[0]: 'soc' is not a mail address; write one such as soc@example.com",
        ),
        (
            "deployRoleArn",
            "deploy",
            "deadfall:deployRoleArn: 'deploy' is not the ARN of an IAM role or user; write one such as "
            "arn:aws:iam::111122223333:role/deploy",
        ),
        (
            "deployRoleArn",
            "arn:aws:iam::999999999999:role/deploy",
            "deadfall:deployRoleArn: 'arn:aws:iam::999999999999:role/deploy' is not of the account "
            "accountId 111122223333; correct one of them",
        ),
        (
            "decoys",
            '[{"kind": "bucket"}]',
            "deadfall:decoys[0]: needs a kind: 'secret' or 'accessKey'",
        ),
        (
            "decoys",
            '[{"kind": "secret", "name": "prod/honeytoken"}]',
            "deadfall:decoys[0].name: 'prod/honeytoken' gives itself away ('honey'); "
            "write what a real resource would be called",
        ),
        (
            "decoys",
            '[{"kind": "secret", "name": "prod/db-backup"}]',
            "deadfall:decoys[0].name: 'prod/db-backup' ends in a hyphen and six characters, which Secrets Manager "
            "confuses with the suffix of an ARN; choose another ending",
        ),
        (
            "decoys",
            '[{"kind": "secret", "name": "prod/db", "region": "eu-north-1"}]',
            "deadfall:decoys: 'prod/db' is in eu-north-1, which is not among regions; add it there",
        ),
        (
            "decoys",
            '[{"kind": "secret", "name": "a/b"}, {"kind": "secret", "name": "a/b", "region": "eu-west-1"}]',
            "deadfall:decoys: the secret 'a/b' stands there twice; name each once",
        ),
        (
            "trail",
            '{"excludeKms": true}',
            "deadfall:trail.excludeKms: must be false while a secret is planted, because KMS Decrypt is its second net",
        ),
        (
            "trail",
            '{"logRetentionDays": 91}',
            "deadfall:trail.logRetentionDays: CloudWatch Logs can't keep logs for 91 days; write 90",
        ),
        (
            "trail",
            '{"objectLock": {"mode": "LOCKED", "days": 1}}',
            "deadfall:trail.objectLock.mode: Input should be 'GOVERNANCE' or 'COMPLIANCE'",
        ),
        (
            "trail",
            '{"existing": {"logGroupName": "/org/trail"}, "notifyPerFile": true}',
            "deadfall:trail: notifyPerFile can't be set for an existing trail; remove it or trail.existing",
        ),
        (
            "deployRoleArn",
            "arn:aws:iam::111122223333:user/deploy",
            "deadfall:deployRoleArn: 'arn:aws:iam::111122223333:user/deploy' is a user; deploy by a role, such as "
            "arn:aws:iam::111122223333:role/deploy",
        ),
        (
            "tags",
            '{"purpose-honeypot": "x"}',
            "deadfall:tags.purpose-honeypot: 'purpose-honeypot' gives itself away ('honey'); "
            "write what a real resource would be called",
        ),
        (
            "decoys",
            '[{"kind": "accessKey", "userName": "svc-a"}, {"kind": "accessKey", "userName": "SVC-A"}]',
            "deadfall:decoys: the accessKey 'svc-a' stands there twice; name each once",
        ),
        (
            "decoys",
            json.dumps([{"kind": "secret", "name": f"prod/{n}"} for n in range(31)]),
            "deadfall:decoys: 31 secrets are too many; plant at most 30",
        ),
        ("decoySeed", "short", "deadfall:decoySeed: is too short; it needs at least 32"),
    ],
)
def test_wrong_config_is_one_sentence(key: str, value: str, sentence: str):
    with pytest.raises(ConfigError) as raised:
        parse({**GOOD, key: value})
    assert str(raised.value) == sentence


@pytest.mark.parametrize("key", sorted(GOOD))
def test_a_missing_key_is_named_with_the_command_that_sets_it(key: str):
    with pytest.raises(ConfigError, match=rf"deadfall:{key}: is missing; set it with `pulumi config set "):
        parse({k: v for k, v in GOOD.items() if k != key})


@given(st.dictionaries(st.sampled_from([*GOOD, "trail", "tags", "prefix", "x"]), st.text() | st.from_regex(r"[\[{].*")))
def test_any_text_is_read_or_refused_with_one_line(values: dict[str, str]):
    try:
        assert isinstance(parse({**GOOD, **values}), StackConfig)
    except ConfigError as error:
        assert str(error).startswith("deadfall:")


def test_the_defaults_in_pulumi_yaml_are_the_models():
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    config = parse(GOOD)
    defaults = {key.removeprefix("deadfall:"): d["default"] for key, d in declared.items() if "default" in d}
    by_alias = config.model_dump(by_alias=True, mode="json")
    assert StackConfig.model_validate({**config.model_dump(by_alias=True), **defaults}) == config
    unknown = {key.removeprefix("deadfall:") for key in declared if key.startswith("deadfall:")} - set(by_alias)
    assert not unknown


@pytest.mark.parametrize("path", sorted(ROOT.glob("Pulumi.*.yaml")), ids=lambda p: p.name)
def test_every_shipped_stack_config_is_read(path: Path):
    config = yaml.safe_load(path.read_text())["config"]
    values = {
        key.removeprefix("deadfall:"): value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
        if key.startswith("deadfall:")
    }
    assert parse({"decoySeed": "x" * 32, **values}).decoys


def test_what_is_locked_cannot_be_given_up():
    locked = {**GOOD, "trail": '{"objectLock": {"mode": "GOVERNANCE", "days": 1}}'}
    assert parse(locked).trail.object_lock
    with pytest.raises(ConfigError, match=r"^deadfall:trail.objectLock: what is locked can't be destroyed"):
        parse({**locked, "keepEvidence": "false"})


def test_a_secret_decoys_region_is_the_home_region_unless_told():
    assert SecretDecoy(kind="secret", name="prod/db").region is None
