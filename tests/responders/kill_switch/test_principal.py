"""Resolving the principal: one fixture per identity type, everything inconsistent, and every public record we have."""

import copy
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from responders.kill_switch import moment
from responders.kill_switch.principal import TYPES, Principal, resolve
from tests.responders.kill_switch.world import FIXTURES, role_session, user

PUBLIC = Path(__file__).parents[4] / "shared" / "testdata"
IDENTITIES = sorted(FIXTURES.glob("identity-*.json"))


@pytest.mark.parametrize("path", IDENTITIES, ids=lambda path: path.stem.removeprefix("identity-"))
def test_resolves(path: Path) -> None:
    fixture = json.loads(path.read_text())
    assert plain(resolve(fixture["userIdentity"])) == fixture["resolved"]


def test_every_type_has_a_fixture() -> None:
    assert {json.loads(path.read_text())["userIdentity"].get("type") for path in IDENTITIES} - {None} == TYPES


USER_CHANGES: list[tuple[tuple[str, ...], Any]] = [
    (("arn",), None),
    (("arn",), "arn:aws:iam::123456789012:role/alice"),
    (("arn",), "arn:aws:sts::123456789012:assumed-role/alice/x1"),
    (("arn",), "arn:aws:iam::210987654321:user/alice"),
    (("arn",), "arn:aws:iam::123456789012:user/bob"),
    (("arn",), "arn:aws:iam::123456789012:user/alice\n"),
    (("accountId",), "210987654321"),
    (("accountId",), None),
    (("userName",), "bob"),
    (("userName",), None),
    (("userName",), "HIDDEN_DUE_TO_SECURITY_REASONS"),
    (("principalId",), None),
    (("principalId",), ""),
    (("principalId",), "AROAIDPPEZS35WEXAMPLE:alice"),
    (("principalId",), "AIDA****************"),
    (("principalId",), ["AIDAJ45Q7YFFAREXAMPLE"]),
    (("type",), "iamuser"),
    (("type",), ["IAMUser"]),
]
SESSION_CHANGES: list[tuple[tuple[str, ...], Any]] = [
    (("arn",), "arn:aws:iam::123456789012:role/app-server"),
    (("arn",), "arn:aws:sts::210987654321:assumed-role/app-server/i-0abc123def4567890"),
    (("arn",), "arn:aws:sts::123456789012:assumed-role/other/i-0abc123def4567890"),
    (("arn",), "arn:aws:sts::123456789012:assumed-role/app-server/other"),
    (("accountId",), "210987654321"),
    (("principalId",), "AROAIDPPEZS35WEXAMPLE"),
    (("principalId",), "AROAXXXXXXXXXXXXXXXXX:i-0abc123def4567890"),
    (("principalId",), "AROAIDPPEZS35WEXAMPLE:*"),
    (("sessionContext",), None),
    (("sessionContext", "sessionIssuer"), None),
    (("sessionContext", "sessionIssuer"), {}),
    (("sessionContext", "sessionIssuer", "type"), "IAMUser"),
    (("sessionContext", "sessionIssuer", "arn"), "arn:aws:iam::123456789012:user/app-server"),
    (("sessionContext", "sessionIssuer", "arn"), "arn:aws:iam::123456789012:role/deploy"),
    (("sessionContext", "sessionIssuer", "userName"), "other"),
    (("sessionContext", "sessionIssuer", "accountId"), "210987654321"),
    (("sessionContext", "sessionIssuer", "principalId"), "AIDAJ45Q7YFFAREXAMPLE"),
    (("sessionContext", "attributes", "creationDate"), "last week"),
]


@pytest.mark.parametrize(("path", "value"), USER_CHANGES)
def test_inconsistent_user_is_unresolved(path: tuple[str, ...], value: Any) -> None:
    assert unresolved(changed(user(), path, value))


@pytest.mark.parametrize(("path", "value"), SESSION_CHANGES)
def test_inconsistent_session_is_unresolved(path: tuple[str, ...], value: Any) -> None:
    assert unresolved(changed(role_session(), path, value))


@pytest.mark.parametrize("name", ["a b", "a/b", "../x", "a" * 65, "é", "*", ""])
def test_names_beyond_the_grammar_of_iam_are_unresolved(name: str) -> None:
    assert unresolved(user(name=name))
    assert unresolved(role_session(name=name))
    assert unresolved(role_session(session=name))


def test_session_without_creation_date_is_resolved() -> None:
    identity = role_session()
    del identity["sessionContext"]["attributes"]
    assert resolve(identity).unresolved is None
    assert resolve(identity).session_issued_at is None


def test_basic_notation_of_the_documentation_is_read() -> None:
    issued_at = resolve(role_session(issued_at="20260131T114000Z")).session_issued_at
    assert issued_at == datetime(2026, 1, 31, 11, 40, tzinfo=UTC)


def public_identities() -> Iterator[Any]:
    for path in sorted((PUBLIC / "cloudtrail").glob("*.jsonl.gz")):
        with gzip.open(path, "rt") as lines:
            yield from (json.loads(line)["event"].get("userIdentity") for line in lines)
    for line in (PUBLIC / "bare_records.jsonl").read_text().splitlines():
        yield json.loads(line)["event"].get("userIdentity")


@pytest.mark.skipif(not PUBLIC.exists(), reason="the public records are not here")
def test_public_records_resolve_without_exception() -> None:
    resolved = [resolve(identity if isinstance(identity, dict) else {}) for identity in public_identities()]
    kinds = [principal.kind or "unresolved" for principal in resolved]
    assert len(kinds) > 600
    assert kinds.count("user") > 200
    assert kinds.count("role-session") > 50
    for principal in resolved:
        assert (principal.kind is None) == bool(principal.unresolved)


def unresolved(identity: dict[str, Any]) -> bool:
    principal = resolve(identity)
    assert principal.kind is None
    assert principal.entity is None
    return bool(principal.unresolved)


def plain(principal: Principal) -> dict[str, Any]:
    values = {name: getattr(principal, name) for name in principal.__dataclass_fields__ if name != "entity"}
    issued_at = principal.session_issued_at
    return {**values, "session_issued_at": moment.iso(issued_at) if issued_at else None}


def changed(identity: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    identity = copy.deepcopy(identity)
    at = identity
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return identity
