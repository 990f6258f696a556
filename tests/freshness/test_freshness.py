"""The shipped rules and the list of other calls cover the installed botocore, and the comparison finds what is new."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import botocore
import pytest

from deadfall.rules.sigma.aws_api import NEWER_OPERATIONS

from .models import Models, is_write, without_version
from .named import names_call
from .report import WATCHED, Lists, Report

# What was missing once, and the rule that must keep it.
REQUIRED = {
    "iam": "AcquireRole UpdateOpenIDConnectProvider AcceptDelegationRequest SendDelegationToken DeleteUser DeleteRole "
    "EnableOutboundWebIdentityFederation PutAccountProperties",
    "sts": "GetFederationToken GetWebIdentityToken GetScopedCredentials AssumeRoot",
    "signin": "CreateOAuth2Token AuthorizeOAuth2Access CreateBearerToken PutConsoleAuthorizationConfiguration",
    "guardduty": "UpdateMemberDetectors UpdateOrganizationConfiguration DeleteCustomDetectionRuleAssociation",
    "logs": "PutBearerTokenAuthentication",
    "monitoring": "PutLogAlarm",
    "account": "EnableRegion",
    "ec2": "ModifySnapshotAttribute ModifyImageAttribute",
    "rds": "ModifyDBSnapshotAttribute ModifyDBClusterSnapshotAttribute",
    "lambda": "UpdateFunctionCode AddPermission PublishLayerVersion",
    "rolesanywhere": "CreateTrustAnchor CreateProfile",
}


@cache
def report() -> Report:
    return Report(Models(Path(botocore.__file__).parent / "data"), Lists.read())


def test_every_write_is_in_a_rule_or_listed_with_a_reason() -> None:
    assert report().new == []
    assert all(len(report().watched(service)) > 0 for service in WATCHED if service != "eventbridgev2")


def test_names_that_botocore_lacks_are_listed_as_newer() -> None:
    newer = {f"{each.service}:{each.name}" for each in report().unknown}
    assert newer == set(report().lists.newer_than_installed), [str(each) for each in report().unknown]


def test_dead_rules_know_no_newer_names_but_these() -> None:
    newer = {f"{service}:{name}" for service, names in NEWER_OPERATIONS.items() for name in names}
    assert newer <= set(report().lists.newer_than_installed)


@pytest.mark.parametrize(("source", "name"), [(s, name) for s, names in REQUIRED.items() for name in names.split()])
def test_calls_that_were_missing_are_named(source: str, name: str) -> None:
    assert names_call(source, name)


def test_a_call_that_is_listed_has_no_rule_besides() -> None:
    """Otherwise the list would state a reason that isn't true."""
    both = [
        f"{service}:{name}"
        for service, calls in report().lists.not_watched.items()
        for name in calls
        if names_call(WATCHED[service], name)
    ]
    assert both == []


def test_what_is_new_is_found() -> None:
    lists = replace(
        report().lists,
        not_watched={**report().lists.not_watched, "kms": {}},
        credentials={},
        identity_fields={**report().lists.identity_fields, "Session": ["Uid"]},
        other_names={},
    )
    without = Report(report().models, lists)
    assert "kms:CreateGrant is in no rule; name it in one, or list it with a reason in not_watched.yml" in without.new
    assert any(line.startswith("sts:AssumeRole returns credentials") for line in without.new)
    assert any(line.startswith("guardduty Session.Issuer is new") for line in without.new)
    assert "console_logins_failed: signin has no call ConsoleLogin; correct or remove it" in map(str, without.unknown)
    assert not any("kms:ScheduleKeyDeletion" in line for line in without.new)


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("kms", "ScheduleKeyDeletion", True),
        ("s3", "ScheduleKeyDeletion", False),
        ("kms", "Encrypt", False),  # decoy_key_used matches any call, and names none
        ("lambda", "UpdateFunctionCode", True),  # by its beginning, as its name carries the API's version
        ("lambda", "ListFunctions", False),
    ],
)
def test_a_call_is_named_by_rules_of_its_service(source: str, name: str, expected: bool) -> None:
    assert names_call(source, name) is expected


def test_writes_and_versions() -> None:
    assert [is_write(name) for name in ("PutKeyPolicy", "GetKeyPolicy", "GetFederationToken", "Getaway")] == [
        *(True, False, True, True)
    ]
    assert list(without_version("UpdateFunctionCode20150331v2")) == [
        "UpdateFunctionCode20150331v2",
        "UpdateFunctionCode",
    ]
    assert list(without_version("CreateUser")) == ["CreateUser"]
