"""What the engine makes of a program: what it records, what it refuses, how it tells what went wrong."""

from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest

from deadfall.lab.engine import Deployment, DeploymentError, Diagnostic
from deadfall.lab.provider.values import UNKNOWN, secret

from .programs import PRELUDE, resource, urn

Stack = Callable[..., Deployment]


def refusal(deployment: Deployment) -> str:
    with pytest.raises(DeploymentError) as refused:
        deployment.preview()
    return str(refused.value)


def test_what_is_recorded_of_a_registration(stack: Stack) -> None:
    result = stack(
        """
aws = Provider()
outer = Component("outer", provider=aws)
inner = Component("inner", "small:index:Inner", parent=outer)
one = topic("one", parent=inner)
two = topic("two", parent=inner, depends_on=[one], protect=True, retain_on_delete=True,
            inputs={"name": pulumi.Output.secret("two"), "displayName": one.arn}, ignore_changes=["displayName"],
            additional_secret_outputs=["arn"], aliases=[pulumi.Alias(name="zwei")])
inner.register_outputs({"first": one.arn})
"""
    ).preview()
    parent = "urn:pulumi:dev::small::small:index:Component$small:index:Inner::inner"
    chain = "urn:pulumi:dev::small::small:index:Component$small:index:Inner$aws:sns/topic:Topic"
    two = resource(result, "two")
    assert (two.urn, two.type, two.parent, two.custom) == (f"{chain}::two", "aws:sns/topic:Topic", parent, True)
    assert two.inputs["name"] == secret("two")
    assert two.dependencies == (f"{chain}::one",)
    assert two.property_dependencies == {"displayName": (f"{chain}::one",), "name": ()}
    assert two.provider.rpartition("::")[0] == "urn:pulumi:dev::small::pulumi:providers:aws::aws"
    assert (two.protect, two.retain_on_delete, two.ignore_changes) == (True, True, ("displayName",))
    assert two.additional_secret_outputs == ("arn",)
    assert two.aliases == (f"{chain}::zwei",)
    assert (resource(result, "inner").custom, resource(result, "inner").parent) == (
        False,
        urn("outer", "small:index:Component"),
    )
    assert resource(result, "inner").outputs.keys() == {"first"}
    assert [r.name for r in result.resources][:2] == ["small-dev", "aws"]


def test_inputs_are_told_as_the_provider_checked_them(stack: Stack) -> None:
    result = stack(
        """
aws = Provider()
one = topic("one", provider=aws, inputs={"tags": {"plain": "text", "hidden": pulumi.Output.secret("it")}})
Resource("aws:sns/topicPolicy:TopicPolicy", "policy", {"arn": one, "policy": "{}"}, provider=aws)
Resource("aws:iam/user:User", "unnamed", {}, provider=aws)
"""
    ).preview()
    assert resource(result, "one").inputs == {"name": ANY, "tags": secret({"plain": "text", "hidden": "it"})}
    assert resource(result, "policy").inputs == {"arn": UNKNOWN, "policy": "{}"}
    assert resource(result, "unnamed").inputs == {"name": ANY}


def test_the_version_of_a_provider_is_among_its_inputs(stack: Stack) -> None:
    program = "pulumi.ProviderResource('aws', 'aws', {'region': 'eu-west-1'}, pulumi.ResourceOptions(version='7.51.1'))"
    result = stack(program).preview()
    assert resource(result, "aws").inputs == {"region": "eu-west-1", "version": "7.51.1"}


def test_two_runs_make_the_same_graph(stack: Stack) -> None:
    deployment = stack("aws = Provider()\nfor n in range(9): topic(f't{n}', provider=aws, parent=Component(f'c{n}'))")
    runs = [sorted(deployment.preview().resources, key=lambda r: r.urn) for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_resource_made_in_apply_is_not_in_a_preview(stack: Stack) -> None:
    deployment = stack(
        "aws = Provider()\none = topic('one', provider=aws)\none.arn.apply(lambda a: topic('two', provider=aws))"
    )
    foreseen = {r.name for r in deployment.preview().resources}
    made = {r.name for r in deployment.up().resources}
    assert made - foreseen == {"two"}


# What is refused


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            "aws = Provider()\ntopic('one', provider=aws)\ntopic('one', provider=aws)",
            f"Duplicate resource URN '{urn('one')}'; try giving it a unique name",
        ),
        (
            "pulumi.runtime.invoke('aws:index/getCallerIdentity:getCallerIdentity', {})",
            "the lab has no function aws:index/getCallerIdentity:getCallerIdentity",
        ),
        (
            "pulumi.StackReference('other')",
            "other (pulumi:pulumi:StackReference): the built-in engine cannot read resources outside the stack",
        ),
    ],
)
def test_it_is_refused_in_a_preview_already(stack: Stack, program: str, message: str) -> None:
    assert refusal(stack(program)) == message


def test_what_the_engine_does_not_offer_the_sdk_refuses(stack: Stack) -> None:
    message = refusal(stack("topic('one', provider=Provider(), transforms=[lambda args: None])"))
    assert "does not support transforms" in message


# What went wrong


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("raise pulumi.RunError('accountId: must be 12 digits')", "accountId: must be 12 digits"),
        ("config.require('missing')", "Missing required configuration variable 'small:missing'"),
        ("print({}['key'])", "the program failed: KeyError: 'key' (__main__.py, line {line})"),
        ("pulumi.log.error('cannot go on')", "cannot go on"),
        ("pulumi.log.error('cannot go on')\nraise SystemExit(32)", "cannot go on"),
        ("raise SystemExit('no more')", "the program ended with exit code 1: no more"),
        (
            "topic('one', provider=Provider(), inputs={'name': object()})",
            "the program failed: ValueError: While processing resource: 'one'",
        ),
    ],
)
def test_a_failing_program_is_told_in_one_sentence(stack: Stack, program: str, message: str) -> None:
    told = refusal(stack(program))
    assert told.startswith(message.replace("{line}", str(PRELUDE.count("\n") + 1)))
    assert "\n" not in told


def test_a_program_may_be_missing(stack: Stack, tmp_path: Any) -> None:
    deployment = stack("")
    (tmp_path / "program" / "__main__.py").unlink()
    assert refusal(deployment) == f"there is no __main__.py in {tmp_path / 'program'}"


@pytest.mark.usefixtures("cold")
def test_what_the_program_says_is_kept(stack: Stack) -> None:
    result = stack("pulumi.log.warn('careful')\npulumi.log.info('so far')\nprint('printed')").preview()
    assert result.diagnostics == [
        Diagnostic("warning", "careful"),
        Diagnostic("info", "so far"),
        Diagnostic("info", "printed"),
    ]


def test_using_an_output_as_a_string_is_warned_of(stack: Stack) -> None:
    result = stack("one = topic('one', provider=Provider())\nprint(len(f'{one.arn}'))").preview()
    assert [d.severity for d in result.diagnostics][:1] == ["warning"]
    assert "Calling __str__ on an Output[T] is not supported" in result.diagnostics[0].message


@pytest.mark.usefixtures("cold")
def test_a_provider_that_does_not_start_is_told_of(stack: Stack) -> None:
    elsewhere = {"AWS_ENDPOINT_URL": "https://sns.amazonaws.com"}
    deployment = stack("topic('one', provider=Provider())", own_provider=True, provider_environment=elsewhere)
    assert refusal(deployment).startswith(
        "the AWS provider did not start: the lab's AWS provider works only with an emulator on this machine"
    )
