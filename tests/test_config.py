"""Stack config: what is right is read as it is meant, what is wrong is one sentence that names the key and the mend."""

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deadfall.config import ConfigError, ObjectLock, StackConfig, parse
from deadfall.decoys import KINDS
from deadfall.decoys.access_key import AccessKeyDecoy
from deadfall.decoys.secret import SecretDecoy

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
    assert [d.name for d in config.decoys_of(SecretDecoy)] == ["prod/db"]
    assert [d.user_name for d in config.decoys_of(AccessKeyDecoy)] == ["svc-export"]
    assert (config.keep_evidence, config.hunting) == (True, False)
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
            "deadfall:regoins: is not a key of Deadfall; write regions or remove it (docs/configure.md lists all keys)",
        ),
        (
            "regions",
            '["eu-west-9"]',
            "deadfall:regions[0]: 'eu-west-9' is not a region of the AWS partition 'aws'; use one such as eu-west-1",
        ),
        ("regions", "[]", "deadfall:regions: is empty; set it with `pulumi config set --path 'deadfall:regions[0]' …`"),
        (
            "regions",
            '["eu-west-1", "eu-west-1"]',
            "deadfall:regions: 'eu-west-1' is listed twice; remove the duplicate",
        ),
        ("alertEmails", '["a@b.cd", "a@b.cd"]', "deadfall:alertEmails: 'a@b.cd' is listed twice; remove the duplicate"),
        (
            "regions",
            "eu-west-1",
            "deadfall:regions: must be a list, not 'eu-west-1'; set it with `pulumi config set "
            "--path 'deadfall:regions[0]' …`",
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
            "deadfall:deployRoleArn: 'arn:aws:iam::999999999999:role/deploy' belongs to another account than "
            "accountId 111122223333; correct one of them",
        ),
        (
            "decoys",
            '[{"kind": "bucket"}]',
            f"deadfall:decoys[0]: 'bucket' is not a kind of decoy; write {' or '.join(map(repr, KINDS))}",
        ),
        (
            "decoys",
            '[{"kind": "secret", "name": "prod/honeytoken"}]',
            "deadfall:decoys[0].name: 'prod/honeytoken' reveals a decoy ('honey'); "
            "use the name that a real resource would have",
        ),
        (
            "decoys",
            '[{"kind": "secret", "name": "prod/db-backup"}]',
            "deadfall:decoys[0].name: 'prod/db-backup' ends in a hyphen and six characters, which Secrets Manager "
            "can mistake for an ARN's suffix; choose another ending",
        ),
        (
            "decoys",
            '[{"kind": "secret", "name": "prod/db", "region": "eu-north-1"}]',
            "deadfall:decoys: 'prod/db' is in eu-north-1, which is not among regions; add it there",
        ),
        (
            "decoys",
            '[{"kind": "secret", "name": "a/b"}, {"kind": "secret", "name": "a/b", "region": "eu-west-1"}]',
            "deadfall:decoys: the secret 'a/b' is listed twice; remove the duplicate",
        ),
        (
            "trail",
            '{"excludeKms": true}',
            "deadfall:trail.excludeKms: must be false while a secret is planted, because its KMS Decrypt records are "
            "the second way to detect a read",
        ),
        (
            "trail",
            '{"logRetentionDays": 91}',
            "deadfall:trail.logRetentionDays: CloudWatch Logs has no retention of 91 days; write 90",
        ),
        (
            "trail",
            '{"objectLock": {"mode": "LOCKED", "days": 1}}',
            "deadfall:trail.objectLock.mode: must be 'GOVERNANCE' or 'COMPLIANCE', not 'LOCKED'",
        ),
        (
            "trail",
            '{"existing": {"logGroupName": "/org/trail"}, "notifyPerFile": true}',
            "deadfall:trail: notifyPerFile cannot be set together with trail.existing; remove one of them",
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
            "deadfall:tags.purpose-honeypot: 'purpose-honeypot' reveals a decoy ('honey'); "
            "use the name that a real resource would have",
        ),
        (
            "decoys",
            '[{"kind": "accessKey", "userName": "svc-a"}, {"kind": "accessKey", "userName": "SVC-A"}]',
            "deadfall:decoys: the accessKey 'svc-a' is listed twice; remove the duplicate",
        ),
        (
            "decoys",
            json.dumps([{"kind": "secret", "name": f"prod/{n}"} for n in range(31)]),
            "deadfall:decoys: 31 of kind secret are too many; plant at most 30",
        ),
        ("decoySeed", "short", "deadfall:decoySeed: is too short; write at least 32 characters"),
        ("environment", "production", "deadfall:environment: must be 'dev' or 'prod', not 'production'; write prod"),
        ("environment", "", "deadfall:environment: must be 'dev' or 'prod', not ''"),
        (
            "keepEvidence",
            "false",
            "deadfall:keepEvidence: must be true in production, where evidence cannot be deleted; "
            "set environment to dev",
        ),
        ("keepEvidence", "maybe", "deadfall:keepEvidence: must be true or false, not 'maybe'"),
        ("hunting", "maybe", "deadfall:hunting: must be true or false, not 'maybe'"),
        (
            "evidence",
            '{"retentionDays": 30, "lockDays": 31}',
            "deadfall:evidence.lockDays: evidence expires before its lock does; increase evidence.retentionDays",
        ),
        (
            "evidence",
            '{"lockDays": 366}',
            "deadfall:evidence.lockDays: evidence expires before its lock does; increase evidence.retentionDays",
        ),
        ("evidence", '{"lockDays": 0}', "deadfall:evidence.lockDays: must be at least 1, not 0"),
        ("evidence", '{"lockDays": 3651}', "deadfall:evidence.lockDays: must be at most 3650, not 3651"),
        ("evidence", '{"retentionDays": 0}', "deadfall:evidence.retentionDays: must be at least 1, not 0"),
        ("evidence", '{"retentionDays": 36501}', "deadfall:evidence.retentionDays: must be at most 36500, not 36501"),
        (
            "evidence",
            '{"retentionDays": "long"}',
            "deadfall:evidence.retentionDays: must be a whole number, not 'long'",
        ),
        ("evidence", '{"retentionDays": 1.5}', "deadfall:evidence.retentionDays: must be a whole number, not 1.5"),
        (
            "evidence",
            '{"retentionDays": Infinity}',
            "deadfall:evidence.retentionDays: must be a whole number, not Infinity",
        ),
        (
            "evidence",
            '{"retentionDays": null}',
            "deadfall:evidence.retentionDays: has no value; write one, or remove the key",
        ),
        (
            "evidence",
            '{"logRetentionDays": 31}',
            "deadfall:evidence.logRetentionDays: CloudWatch Logs has no retention of 31 days; write 30",
        ),
        (
            "evidence",
            '{"objectLock": {"mode": "GOVERNANCE", "days": 1}}',
            "deadfall:evidence.objectLock: is not a key of Deadfall; correct or remove it "
            "(docs/configure.md lists all keys)",
        ),
        (
            "evidence",
            "[]",
            "deadfall:evidence: must be an object, not a list; set it with `pulumi config set --path "
            "'deadfall:evidence.…' …`",
        ),
        (
            "trail",
            '{"existing": {"organization": true}}',
            "deadfall:trail.existing.logGroupName: is missing; set it with "
            "`pulumi config set --path 'deadfall:trail.existing.logGroupName' …`",
        ),
        (
            "trail",
            '{"existing": {"logGroupName": "/org/trail", "organization": "o-exampleorgid"}}',
            "deadfall:trail.existing.organization: must be true or false, not 'o-exampleorgid'",
        ),
        (
            "trail",
            '{"existing": {"logGroupName": "/org/trail", "organisation": true}}',
            "deadfall:trail.existing.organisation: is not a key of Deadfall; write organization or remove it "
            "(docs/configure.md lists all keys)",
        ),
        (
            "trail",
            '{"organization": true}',
            "deadfall:trail.organization: is not a key of Deadfall; correct or remove it "
            "(docs/configure.md lists all keys)",
        ),
        (
            "policyExceptions",
            '[{"owner": "soc@example.com", "reason": "the quota is not raised yet", "expires": "2027-01-31"}]',
            "deadfall:policyExceptions[0].policy: is missing; set it with "
            "`pulumi config set --path 'deadfall:policyExceptions[0].policy' …`",
        ),
        (
            "policyExceptions",
            '{"policy": "responder-reserved-concurrency"}',
            "deadfall:policyExceptions: must be a list, not an object; set it with `pulumi config "
            "set --path 'deadfall:policyExceptions[0]' …`",
        ),
        (
            "policyExceptions",
            '["responder-reserved-concurrency"]',
            "deadfall:policyExceptions[0]: must be an object, not 'responder-reserved-concurrency'; "
            "set it with `pulumi config set --path 'deadfall:policyExceptions[0].…' …`",
        ),
        (
            "tags",
            '{"CostCenter": 4711}',
            "deadfall:tags.CostCenter: must be text, not 4711, which YAML reads as a number; put it in quotes",
        ),
        (
            "decoys",
            '[{"kind": "secret", "name": "prod/db", "region": "x\\ny"}]',
            "deadfall:decoys[0].region: 'x y' is not a region of the AWS partition 'aws'; use one such as eu-west-1",
        ),
    ],
)
def test_wrong_config_is_one_sentence(key: str, value: str, sentence: str):
    with pytest.raises(ConfigError) as raised:
        parse({**GOOD, key: value})
    assert str(raised.value) == sentence


EXCEPTION = {
    "policy": "reserved-concurrency",
    "owner": "soc@example.com",
    "reason": "the quota is not raised yet",
    "expires": "2027-01-31",
}


def with_exception(**fields: Any) -> dict[str, str]:
    return {**GOOD, "policyExceptions": json.dumps([{**EXCEPTION, **fields}])}


def test_a_policy_exception_has_a_date():
    (exception,) = parse(with_exception()).policy_exceptions
    assert exception.expires == datetime.date(2027, 1, 31)
    assert (exception.policy, exception.owner, exception.reason) == tuple(
        EXCEPTION[key] for key in ("policy", "owner", "reason")
    )


@pytest.mark.parametrize(
    "date",
    [
        "31.01.2027",
        "2027-1-31",
        "2027-02-30",
        "20270131",
        "2027-W05-1",
        "2027-01-31T00:00:00Z",
        "2027-01-31 00:00:00 +0000 UTC",  # what the pulumi CLI makes of one without quotes
        "soon",
        "",
        20270131,
        0,
        None,
        ["2027-01-31"],
    ],
)
def test_a_wrong_date_is_one_sentence(date: Any):
    with pytest.raises(ConfigError) as raised:
        parse(with_exception(expires=date))
    assert str(raised.value) == ("deadfall:policyExceptions[0].expires: must be a date in quotes, such as '2027-01-31'")


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (
            "policy",
            "Reserved Concurrency",
            "'Reserved Concurrency' has the wrong form; write a guardrail's name, such as stores-log-retention "
            "(docs/policies.md)",
        ),
        ("owner", "me", "is too short; write at least 3 characters"),
        ("reason", "because", "is too short; write at least 10 characters"),
        ("reason", "x" * 501, "is too long; write at most 500 characters"),
        ("until", "2027-01-31", "is not a key of Deadfall; correct or remove it (docs/configure.md lists all keys)"),
    ],
)
def test_a_wrong_policy_exception_is_one_sentence(key: str, value: str, sentence: str):
    with pytest.raises(ConfigError) as raised:
        parse(with_exception(**{key: value}))
    assert str(raised.value) == f"deadfall:policyExceptions[0].{key}: {sentence}"


def test_production_is_the_default_and_locks_evidence_for_good():
    config = parse(GOOD)
    assert (config.environment, config.keep_evidence) == ("prod", True)
    evidence = config.evidence
    assert (evidence.retention_days, evidence.lock_days, evidence.log_retention_days) == (365, 30, 90)
    assert config.evidence_lock == ObjectLock(mode="COMPLIANCE", days=30)
    assert config.trail.object_lock is None
    assert config.policy_exceptions == ()


@pytest.mark.parametrize("keep", ["true", "false"])
def test_outside_production_the_lock_can_be_lifted_and_evidence_need_not_be_kept(keep: str):
    config = parse({**GOOD, "environment": "dev", "keepEvidence": keep, "evidence": '{"lockDays": 7}'})
    assert config.evidence_lock == ObjectLock(mode="GOVERNANCE", days=7)
    assert config.keep_evidence is (keep == "true")


def test_evidence_may_be_locked_for_as_long_as_it_is_kept():
    assert parse({**GOOD, "evidence": '{"retentionDays": 30, "lockDays": 30}'}).evidence_lock.days == 30


@pytest.mark.parametrize(("told", "organization"), [({}, False), ({"organization": True}, True)])
def test_an_adopted_trail_is_the_accounts_own_unless_told(told: dict[str, bool], organization: bool):
    trail = parse({**GOOD, "trail": json.dumps({"existing": {"logGroupName": "/org/trail", **told}})}).trail
    assert trail.existing
    assert (trail.existing.log_group_name, trail.existing.organization) == ("/org/trail", organization)


def test_hunting_needs_an_archive_that_is_known():
    assert parse({**GOOD, "hunting": "true"}).hunting
    with pytest.raises(ConfigError, match="deadfall:hunting: requires the archive of this stack's own trail"):
        parse({**GOOD, "hunting": "true", "trail": '{"existing": {"logGroupName": "/org/trail"}}'})


@pytest.mark.parametrize("key", sorted(GOOD))
def test_a_missing_key_is_named_with_the_command_that_sets_it(key: str):
    with pytest.raises(ConfigError, match=rf"deadfall:{key}: is missing; set it with `pulumi config set "):
        parse({k: v for k, v in GOOD.items() if k != key})


KEYS = st.sampled_from(
    [*GOOD, "trail", "tags", "prefix", "evidence", "environment", "policyExceptions", "keepEvidence", "x"]
)
INSIDE = st.sampled_from(
    [
        "kind",
        "name",
        "userName",
        "database",
        "existing",
        "organization",
        "objectLock",
        "mode",
        "days",
        "lockDays",
        "retentionDays",
        "policy",
        "owner",
        "reason",
        "expires",
        "secret",
        "accessKey",
    ]
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(INSIDE, inner, max_size=4),
    max_leaves=8,
).map(json.dumps)


@given(st.dictionaries(KEYS, st.text() | st.from_regex(r"[\[{].*") | ANY_JSON))
def test_any_text_is_read_or_refused_with_one_line_of_ours(values: dict[str, str]):
    try:
        assert isinstance(parse({**GOOD, **values}), StackConfig)
    except ConfigError as error:
        lines = str(error).split("\n")
        assert all(re.fullmatch(r"deadfall:.+", line) for line in lines)
        assert len(lines) == len(error.problems) == len(set(lines))
        assert "Input should" not in str(error)  # pydantic's own words


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
    locked = {**GOOD, "environment": "dev", "trail": '{"objectLock": {"mode": "GOVERNANCE", "days": 1}}'}
    assert parse(locked).trail.object_lock
    with pytest.raises(ConfigError, match=r"^deadfall:trail.objectLock: a locked archive cannot be destroyed"):
        parse({**locked, "keepEvidence": "false"})


def test_a_secret_decoys_region_is_the_home_region_unless_told():
    assert SecretDecoy(kind="secret", name="prod/db").region is None
