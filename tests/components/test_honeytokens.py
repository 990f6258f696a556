"""The decoys: what is planted, that its content looks real, and that it opens nothing."""

import json
import re
from typing import Any

import pytest

from components.database_content import database_secret
from deadfall.decoys.secret import Database, SecretDecoy
from deadfall.lab.engine import Result
from deadfall.lab.provider.values import SECRET, reveal, secret, signature
from tests.components.recorded import children, dependencies, inputs, names

BILLING = "prod/billing/postgres-eu-west-1"
CRM = "prod/crm/mysql-eu-central-1"
USER = "svc-billing-export"
SEED = "0123456789abcdef0123456789abcdef"


def content(result: Result, name: str) -> dict[str, Any]:
    return json.loads(reveal(inputs(result, "secretsmanager.SecretVersion", name)["secretString"]))


class TestSecret:
    def test_all_of_it(self, dev: Result, other: Result):
        assert names(dev, "SecretHoneytoken") == {BILLING}
        assert names(other, "SecretHoneytoken") == {BILLING, CRM}
        for result, name in ((dev, BILLING), (other, BILLING), (other, CRM)):
            assert children(result, "SecretHoneytoken", name) == {
                f"secretsmanager.Secret {name}",
                f"secretsmanager.SecretVersion {name}",
            }

    def test_it_is_called_what_config_says_where_config_says(self, dev: Result, other: Result):
        # Without a key of its own: that of the account, aws/secretsmanager. With nothing to recover, its name is free
        # again at once.
        assert inputs(dev, "secretsmanager.Secret", BILLING) == {
            "name": "prod/billing/postgres",
            "description": "Billing database, application user",
            "recoveryWindowInDays": 0,
            "region": "eu-west-1",
        }
        assert inputs(other, "secretsmanager.Secret", CRM) == {
            "name": "prod/crm/mysql",
            "recoveryWindowInDays": 0,
            "region": "eu-central-1",
        }

    @pytest.mark.parametrize(
        ("stack", "name", "region"), [("dev", BILLING, "eu-west-1"), ("other", CRM, "eu-central-1")]
    )
    def test_its_value_is_a_pulumi_secret(self, request: pytest.FixtureRequest, stack: str, name: str, region: str):
        result = request.getfixturevalue(stack)
        version = inputs(result, "secretsmanager.SecretVersion", name)
        assert signature(version["secretString"]) == SECRET
        assert version == {
            "secretId": f"<secretsmanager.Secret {name}>",
            "secretString": secret(json.dumps(content(result, name))),
            "region": region,
        }

    def test_it_reads_as_rds_would_write_it(self, dev: Result, other: Result):
        postgres, mysql = content(dev, BILLING), content(other, CRM)
        assert re.fullmatch(r"billing\.c[a-z2-7]{12}\.eu-west-1\.rds\.amazonaws\.com", postgres.pop("host"))
        assert re.fullmatch(r"[A-Za-z0-9_-]{28}", postgres.pop("password"))
        assert postgres == {"engine": "postgres", "port": 5432, "username": "billing_rw", "dbname": "billing"}
        assert re.fullmatch(r"crm-live\.c[a-z2-7]{12}\.eu-central-1\.rds\.amazonaws\.com", mysql.pop("host"))
        assert re.fullmatch(r"[A-Za-z0-9_-]{28}", mysql.pop("password"))
        assert mysql == {"engine": "mysql", "port": 3306, "username": "crm", "dbname": "crm_live"}

    def test_it_is_the_same_at_every_run_and_another_in_every_stack(self, dev: Result, adopting: Result, other: Result):
        ours, theirs = content(dev, BILLING), content(other, BILLING)
        assert content(adopting, BILLING) == ours
        assert {field for field in ours if ours[field] != theirs[field]} == {"host", "password"}

    def test_two_secrets_of_a_seed_share_nothing_derived(self):
        first, second = (
            json.loads(database_secret(SecretDecoy(kind="secret", name=name), "eu-west-1", SEED))
            for name in ("prod/a", "prod/b")
        )
        assert {field for field in first if first[field] != second[field]} == {"host", "password"}

    @pytest.mark.parametrize("username", ['o"brien', "{{ 7 * 7 }}", "</script>&'", "line\nbreak", "Jörg"])
    def test_names_that_are_hard_to_write_in_json_come_out_as_they_are(self, username: str):
        decoy = SecretDecoy(kind="secret", name="prod/a", database=Database(username=username))
        assert json.loads(database_secret(decoy, "eu-west-1", SEED))["username"] == username


class TestAccessKey:
    def test_all_of_it(self, dev: Result, other: Result):
        assert names(dev, "AccessKeyHoneytoken") == {USER}
        assert names(other, "AccessKeyHoneytoken") == {"svc-crm-sync"}
        for result, name in ((dev, USER), (other, "svc-crm-sync")):
            # No LoginProfile: nobody signs in to a console as this user. No group, no attached policy.
            assert children(result, "AccessKeyHoneytoken", name) == {
                f"iam.User {name}",
                f"iam.UserPolicy {name}",
                f"iam.AccessKey {name}",
            }

    def test_nobody_else_in_the_program_is_a_user(self, dev: Result):
        kinds = {r.type for r in dev.resources if r.type.startswith("aws:iam/")}
        assert kinds == {
            "aws:iam/accessKey:AccessKey",
            "aws:iam/role:Role",
            "aws:iam/rolePolicy:RolePolicy",
            "aws:iam/user:User",
            "aws:iam/userPolicy:UserPolicy",
        }
        assert names(dev, "iam.User") == {USER}

    def test_the_user_may_do_nothing(self, dev: Result):
        assert inputs(dev, "iam.User", USER) == {"name": "svc-billing-export"}
        assert inputs(dev, "iam.UserPolicy", USER) == {
            "name": "restricted",
            "user": "svc-billing-export",
            "policy": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
            },
        }

    def test_the_key_is_made_after_the_deny(self, dev: Result):
        assert inputs(dev, "iam.AccessKey", USER) == {"user": "svc-billing-export"}
        assert dependencies(dev, "iam.AccessKey", USER) == {f"iam.User {USER}", f"iam.UserPolicy {USER}"}


def test_a_stack_without_secrets_plants_none(without_secrets: Result):
    assert names(without_secrets, "SecretHoneytoken") == set()
    assert names(without_secrets, "secretsmanager.Secret") == set()
    assert names(without_secrets, "AccessKeyHoneytoken") == {USER}
