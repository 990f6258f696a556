"""The policies of the shipped stacks: valid, limited, minimal, and independent of the seed."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deadfall.config import StackConfig
from deadfall.deploy_role.documents import Document, documents, length
from deadfall.deploy_role.generate import UnknownTypeError, needed, policies, role_statements
from deadfall.deploy_role.planned import Stack, UnknownNameError, planned
from deadfall.deploy_role.statements import actions_of, resources_of
from deadfall.lab.emulator import Credentials, Emulator
from deadfall.lab.engine import Resource
from deadfall.lab.provider.grants import ANY
from deadfall.lab.provider.resource_types import RESOURCE_TYPES
from deadfall.patterns.aws_limits import MAX_MANAGED_POLICY_CHARACTERS
from deadfall.stack_lab import StackLab

from ..conftest import LEAN
from .life import STACKS
from .test_types import REFERENCE


@cache
def previewed(stack: str) -> tuple[list[Resource], StackConfig]:
    with StackLab.started(stack, LEAN) as lab:
        return lab.deployment.preview().resources, lab.config


@pytest.fixture(params=STACKS)
def graph(request: pytest.FixtureRequest) -> tuple[list[Resource], StackConfig]:
    return previewed(request.param)


def generated(graph: tuple[list[Resource], StackConfig]) -> list[Document]:
    return documents(role_statements(*graph))


def test_the_policies_fit_and_are_well_formed(graph: tuple[list[Resource], StackConfig]):
    found = generated(graph)
    assert all(length(document) <= MAX_MANAGED_POLICY_CHARACTERS for document in found)
    assert all(document["Version"] == "2012-10-17" for document in found)
    sids = [statement["Sid"] for document in found for statement in document["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
    for document in found:
        for statement in document["Statement"]:
            assert actions_of(statement) == sorted(set(actions_of(statement)))
            assert resources_of(statement) == sorted(set(resources_of(statement)))


def test_iam_takes_them_all_for_one_role(graph: tuple[list[Resource], StackConfig]):
    with Emulator.start("111122223333") as emulator:
        root = emulator.client("iam", "us-east-1")
        root.create_user(UserName="strictly-checked")
        anything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        root.put_user_policy(UserName="strictly-checked", PolicyName="p", PolicyDocument=json.dumps(anything))
        key = root.create_access_key(UserName="strictly-checked")["AccessKey"]
        iam = emulator.client("iam", "us-east-1", Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
        iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=json.dumps(anything))
        for number, document in enumerate(generated(graph)):
            text = json.dumps(document, separators=(",", ":"))
            arn = iam.create_policy(PolicyName=f"deploy-{number}", PolicyDocument=text)["Policy"]["Arn"]
            iam.attach_role_policy(RoleName="deploy", PolicyArn=arn)
        too_long = {"Version": "2012-10-17", "Statement": [{**generated(graph)[0]["Statement"][0], "Sid": "x" * 6200}]}
        with pytest.raises(ClientError, match="LimitExceeded"):  # the lab does know the quota
            iam.create_policy(PolicyName="too-long", PolicyDocument=json.dumps(too_long))


def test_a_star_stands_only_where_there_is_no_resource_and_then_in_the_stacks_regions(
    graph: tuple[list[Resource], StackConfig],
):
    regions = set(graph[1].detection_regions)
    for statement in role_statements(*graph):
        without_resource = {action for action in actions_of(statement) if not REFERENCE[action]}
        if resources_of(statement) == [ANY]:
            assert without_resource == set(actions_of(statement))
            limited = statement["Condition"]["StringEquals"]["aws:RequestedRegion"]
            assert set([limited] if isinstance(limited, str) else limited) <= regions
        else:
            assert not without_resource
            assert ANY not in resources_of(statement)


def test_only_what_nobody_knows_before_is_a_pattern():
    patterns = {
        arn.split(":", 5)[5]
        for statement in role_statements(*previewed("dev"))
        for arn in resources_of(statement)
        if arn != ANY and ("*" in arn or "?" in arn)
    }
    assert patterns == {
        "account-audit-evidence-111122223333-eu-west-1/*",  # objects
        "account-audit-trail-111122223333-eu-west-1/*",
        "alarm:*",  # DescribeAlarms
        "alarm:account-audit-*",
        "key/*",
        "log-group:/account-audit/trail:*",  # how CloudWatch Logs spells a log group
        "log-group:/aws/lambda/account-audit-responder:*",
        "rule/account-audit-*",
        "secret:prod/billing/postgres-??????",
    }


def test_roles_are_passed_to_one_service_each_and_only_roles_of_the_stack(graph: tuple[list[Resource], StackConfig]):
    resources, config = graph
    roles = {
        f"arn:aws:iam::{config.account_id}:role/{resource.inputs['name']}"
        for resource in resources
        if resource.type == "aws:iam/role:Role"
    }
    passing = [s for s in role_statements(*graph) if "iam:PassRole" in actions_of(s)]
    assert passing
    for statement in passing:
        assert actions_of(statement) == ["iam:PassRole"]
        assert set(resources_of(statement)) <= roles
        assert isinstance(statement["Condition"]["StringEquals"]["iam:PassedToService"], str)


def test_no_action_is_there_that_no_type_of_the_graph_needs(graph: tuple[list[Resource], StackConfig]):
    resources, _ = graph
    in_graph = {resource.type for resource in resources}
    wanted = {
        a
        for known in in_graph & RESOURCE_TYPES.keys()
        for grant in RESOURCE_TYPES[known].deploy_permissions.grants
        for a in grant.actions.split()
    }
    assert {action for s in role_statements(*graph) for action in actions_of(s)} <= wanted


def test_only_what_may_be_emptied_is_emptied():
    may_delete = {
        stack: any("s3:DeleteObjectVersion" in actions_of(s) for s in role_statements(*previewed(stack)))
        for stack in STACKS
    }
    assert may_delete == {"dev": True, "prod": False, "minimal": False}


def test_the_seed_is_not_in_the_policies():
    other_seed = policies("dev", {"deadfall:decoySeed": "another-seed-of-more-than-thirty-two-characters"})
    assert other_seed == generated(previewed("dev"))


def test_a_type_that_is_not_in_the_table_is_refused():
    resources, config = previewed("dev")
    queue = next(resource for resource in resources if resource.type == "aws:sqs/queue:Queue")
    with pytest.raises(UnknownTypeError) as refused:
        needed([replace(queue, type="aws:ec2/vpc:Vpc")], config)
    assert str(refused.value) == "aws:ec2/vpc:Vpc: add this type to deadfall/lab/provider/resource_types"


def resource(name: str, type: str, inputs: dict[str, Any], **dependencies: tuple[str, ...]) -> Resource:
    return Resource(
        urn=f"urn:{name}",
        type=type,
        name=name,
        parent="",
        custom=True,
        provider="",
        id="",
        inputs=inputs,
        outputs={},
        dependencies=(),
        property_dependencies=dependencies,
        protect=False,
        retain_on_delete=False,
        ignore_changes=(),
        additional_secret_outputs=(),
        aliases=(),
    )


UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
HERE = Stack("111122223333", "eu-west-1", "account-audit")


def found(*resources: Resource) -> Iterator[str]:
    for each in planned(resources, HERE):
        permissions = RESOURCE_TYPES[each.type].deploy_permissions
        for grant in permissions.grants:
            yield from (grant.on or permissions.on)(each)


def test_an_output_of_another_resource_leads_to_that_ones_name():
    queue = resource("dead", "aws:sqs/queue:Queue", {"name": "letters", "region": "us-east-1"})
    policy = resource("dead", "aws:sqs/queuePolicy:QueuePolicy", {"queueUrl": UNKNOWN}, queueUrl=("urn:dead",))
    policy = replace(policy, urn="urn:policy")
    assert set(found(queue, policy)) == {"arn:aws:sqs:us-east-1:111122223333:letters"}


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        (
            resource("dead", "aws:sqs/queue:Queue", {"name": UNKNOWN}),
            "dead: its name is not known in a preview; in the component, build it from config values",
        ),
        (
            resource("policy", "aws:sqs/queuePolicy:QueuePolicy", {"queueUrl": UNKNOWN}),
            "policy: its queueUrl is not an output of any aws:sqs/queue:Queue in the stack",
        ),
    ],
)
def test_a_name_that_nobody_knows_is_one_sentence(lost: Resource, message: str):
    with pytest.raises(UnknownNameError) as refused:
        list(found(lost))
    assert str(refused.value) == message
