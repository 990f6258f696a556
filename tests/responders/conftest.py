"""AWS for the responder's tests: moto, which stores but does not enforce."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from responders.kill_switch import containment, respond
from responders.kill_switch.aws import Aws
from tests.responders.kill_switch.world import HOME, Account, furnish


@pytest.fixture(scope="session")
def boto3_session() -> boto3.Session:
    """One for all tests: most of what a client costs is reading the service's model."""
    return boto3.Session("testing", "testing", region_name=HOME)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, boto3_session: boto3.Session) -> Iterator[Account]:
    monkeypatch.setattr(boto3, "Session", lambda: boto3_session)
    monkeypatch.setattr(containment, "REREAD_AFTER_SECONDS", (0.0,))
    monkeypatch.setattr(containment, "DISTURBED_PAUSES", (0.0, 0.0))
    monkeypatch.setattr(respond, "ADDRESS_PAUSES", ())
    with mock_aws():
        yield furnish(Aws(HOME), boto3_session.client("sqs"))
