"""AWS for the responder's tests: moto, which stores but does not enforce."""

import copy
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from responders.kill_switch import containment, respond
from responders.kill_switch.aws import Aws
from tests.responders.kill_switch.world import HOME, Account, furnish


class Clients:
    """A boto3 session that makes each client once for all tests, and lends each test one with events of its own.

    Making a client costs more than most tests. What a test registers or replaces on a client ends with that test.
    """

    def __init__(self) -> None:
        self._session = boto3.Session("testing", "testing", region_name=HOME)
        self._made: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region_name: str = HOME, config: Any = None) -> Any:
        key = (service, region_name)
        if key not in self._made:
            self._made[key] = self._session.client(service, region_name=region_name, config=config)  # pyright: ignore[reportCallIssue, reportArgumentType]
        made = self._made[key]
        lent = object.__new__(type(made))  # copy.copy would ask the client for attributes before it has any
        lent.__dict__.update(made.__dict__)
        lent.meta = copy.copy(made.meta)
        lent.meta.events = copy.copy(made.meta.events)
        return lent


@pytest.fixture(scope="session")
def clients() -> Clients:
    return Clients()


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, clients: Clients) -> Iterator[Account]:
    monkeypatch.setattr(boto3, "Session", lambda: clients)
    monkeypatch.setattr(containment, "REREAD_AFTER_SECONDS", (0.0,))
    monkeypatch.setattr(containment, "DISTURBED_PAUSES", (0.0, 0.0))
    monkeypatch.setattr(respond, "ADDRESS_PAUSES", ())
    with mock_aws():
        yield furnish(Aws(HOME), clients.client("sqs"))
