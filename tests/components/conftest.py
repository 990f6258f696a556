"""The program as the built-in engine records it: what it asks for, in preview and in up, for a stack config."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine import Deployment, Result
from deadfall.stack_files import PROJECT, SEED, config_of
from deadfall.stack_lab import StackLab
from tests.conftest import FEW_DETECTIONS

Planned = Callable[..., Result]

# One that counts and one on path E alone, beside the few.
DETECTIONS = FEW_DETECTIONS | {
    "decoy_parameter_listed": "none",
    "console_logins_failed": "default",
    "guardduty_finding": "default",
}


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """`plan(key=value, ...)`: the preview of the dev stack with these config values over its own, and with some of the
    detections: of each kind that is deployed in its own way. A preview changes nothing, so all share an emulator."""
    with Emulator.start("111122223333") as emulator:

        @cache
        def previewed(overrides: tuple[tuple[str, Any], ...]) -> Result:
            told = {"detections": json.dumps(DETECTIONS)} | dict(overrides)
            values = {f"deadfall:{key}": value for key, value in told.items()}
            account = config_of("dev", values).account_id
            root = {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "test"}
            return Deployment(
                PROJECT,
                "dev",
                config={**SEED, **values},
                secrets=SEED,
                provider_environment={"AWS_ENDPOINT_URL": emulator.endpoint, **root},
                state=tmp_path_factory.mktemp("plan") / "state.json",
            ).preview()

        yield lambda **overrides: previewed(tuple(sorted(overrides.items())))


@pytest.fixture(scope="session")
def dev(plan: Planned) -> Result:
    return plan()


@pytest.fixture(scope="session")
def other(plan: Planned) -> Result:
    """A stack that differs from dev in all that may differ: account, environment, prefix, regions (us-east-1 is not
    among them), a secret away from home, one list of addresses for all, an archive under an Object Lock of its own."""
    return plan(
        accountId="444455556666",
        environment="prod",
        prefix="records",
        regions='["eu-west-1", "eu-central-1"]',
        deployRoleArn="arn:aws:iam::444455556666:role/ci/deploy",
        breakGlassArns='["arn:aws:iam::444455556666:user/emergency"]',
        alertEmails='["first@example.com", "second@example.com"]',
        alarmEmails="[]",
        decoySeed="another-seed-of-thirty-two-characters",
        decoys=json.dumps(
            [
                {
                    "kind": "secret",
                    "name": "prod/billing/postgres",
                    "database": {"username": "billing_rw", "dbname": "billing"},
                },
                {
                    "kind": "secret",
                    "name": "prod/crm/mysql",
                    "region": "eu-central-1",
                    "database": {"engine": "mysql", "username": "crm", "dbname": "crm_live"},
                },
                {"kind": "accessKey", "userName": "svc-crm-sync"},
            ]
        ),
        trail=json.dumps(
            {
                "archiveRetentionDays": 400,
                "logRetentionDays": 365,
                "objectLock": {"mode": "GOVERNANCE", "days": 7},
                "excludeRdsData": True,
            }
        ),
        evidence=json.dumps({"retentionDays": 500, "lockDays": 40, "logRetentionDays": 545}),
        tags=json.dumps({"Team": "records"}),
        keepEvidence="true",
    )


@pytest.fixture(scope="session")
def adopting(plan: Planned) -> Result:
    """The dev stack, but with a trail that is there already."""
    return plan(trail=json.dumps({"existing": {"logGroupName": "/org/cloudtrail"}}))


@pytest.fixture(scope="session")
def adopting_of_organization(plan: Planned) -> Result:
    """The dev stack, but with the trail of its organization."""
    return plan(trail=json.dumps({"existing": {"logGroupName": "/org/cloudtrail", "organization": True}}))


@pytest.fixture(scope="session")
def without_secrets(plan: Planned) -> Result:
    """The dev stack with no decoy but the access key, and a trail that leaves out what then may be left out."""
    return plan(
        decoys=json.dumps([{"kind": "accessKey", "userName": "svc-billing-export"}]),
        trail=json.dumps({"excludeKms": True, "excludeRdsData": True}),
    )


@pytest.fixture(scope="session")
def applied() -> Iterator[tuple[StackLab, Result]]:
    """The dev stack, up in a lab; destroyed with it."""
    with StackLab.started(overrides={"deadfall:detections": json.dumps(DETECTIONS)}) as lab:
        yield lab, lab.deployment.up()
