"""The comparison of graphs tells every difference that matters, and no other."""

import copy
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deadfall.lab.engine import Resource
from deadfall.lab.provider.values import ARCHIVE, ASSET, RESOURCE, SIGNATURE, UNKNOWN, secret

from . import graph

URN = "urn:pulumi:dev::small::"
STACK, COMPONENT, AWS, OTHER = (
    "pulumi:pulumi:Stack::small-dev",
    "small:index:Alerts::alerts",
    "pulumi:providers:aws::aws",
    "pulumi:providers:aws::other",
)
TOPIC = "small:index:Alerts$aws:sns/topic:Topic::alerts"
POLICY = "small:index:Alerts$aws:sns/topicPolicy:TopicPolicy::alerts"
DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish"}]}'
Resources = dict[str, Resource]
Documents = dict[str, dict[str, Any]]


def _resource(urn: str, type: str, parent: str = STACK, **fields: Any) -> Resource:
    nothing: dict[str, Any] = {
        "name": urn.rpartition("::")[2],
        "custom": True,
        "provider": "",
        "id": "",
        "inputs": {},
        "outputs": {},
        "dependencies": (),
        "property_dependencies": {},
        "protect": False,
        "retain_on_delete": False,
        "ignore_changes": (),
        "additional_secret_outputs": (),
        "aliases": (),
    }
    return Resource(urn=URN + urn, type=type, parent=URN + parent if parent else "", **{**nothing, **fields})


def resources() -> Resources:
    """As the built-in engine tells them."""
    of_aws = {"parent": COMPONENT, "provider": f"{URN}{AWS}::{UNKNOWN}"}
    made = [
        _resource(STACK, "pulumi:pulumi:Stack", "", custom=False),
        _resource(COMPONENT, "small:index:Alerts", custom=False),
        _resource(AWS, "pulumi:providers:aws", inputs={"region": "eu-west-1", "version": "7.51.1"}),
        _resource(OTHER, "pulumi:providers:aws", inputs={"region": "us-east-1", "version": "7.51.1"}),
        _resource(TOPIC, "aws:sns/topic:Topic", **of_aws, inputs={"name": secret("hidden")}, protect=True),
        _resource(
            POLICY,
            "aws:sns/topicPolicy:TopicPolicy",
            **of_aws,
            inputs={"policy": DOCUMENT, "arn": UNKNOWN},
            dependencies=(URN + TOPIC, URN + AWS),
            property_dependencies={"arn": (URN + TOPIC,), "policy": ()},
        ),
    ]
    return {resource.urn.removeprefix(URN): resource for resource in made}


def documents() -> Documents:
    """The same as `pulumi preview --json` tells it."""
    of_aws = {"custom": True, "parent": URN + COMPONENT, "provider": f"{URN}{AWS}::{UNKNOWN}"}
    traced = {
        "sourcePosition": "project:///home/me/a.py#1",
        "stackTrace": [{"sourcePosition": "project:///home/me/a.py#1"}],
    }
    told = {
        STACK: {"custom": False, "type": "pulumi:pulumi:Stack", **traced},
        POLICY: {
            **of_aws,
            "type": "aws:sns/topicPolicy:TopicPolicy",
            "inputs": {"arn": UNKNOWN, "policy": DOCUMENT},
            "dependencies": [URN + AWS, URN + TOPIC],
            "propertyDependencies": {"arn": [URN + TOPIC], "policy": None},
            "created": "2026-11-21T09:00:00Z",
            **traced,
        },
        TOPIC: {**of_aws, "type": "aws:sns/topic:Topic", "inputs": {"name": "[secret]"}, "protect": True},
        COMPONENT: {"custom": False, "type": "small:index:Alerts", "parent": URN + STACK},
        AWS: {
            "custom": True,
            "type": "pulumi:providers:aws",
            "parent": URN + STACK,
            "inputs": {"__internal": {}, "version": "7.51.1", "region": "eu-west-1"},
        },
        OTHER: {
            "custom": True,
            "type": "pulumi:providers:aws",
            "parent": URN + STACK,
            "inputs": {"__internal": {}, "version": "7.51.1", "region": "us-east-1"},
        },
    }
    return {urn: {"urn": URN + urn, **state} for urn, state in told.items()}


def of_resources(resources: Resources) -> graph.Graph:
    return graph.of_resources(resources.values())


def of_documents(documents: Documents) -> graph.Graph:
    return graph.of_document({"steps": [{"op": "create", "newState": state} for state in documents.values()]})


def test_both_engines_words_for_the_same_are_the_same() -> None:
    assert graph.differences(of_documents(documents()), of_resources(resources())) == []


def test_what_is_recorded() -> None:
    recorded = of_documents(documents())
    assert recorded["urn"] == URN
    assert list(recorded["resources"]) == sorted([STACK, COMPONENT, AWS, OTHER, TOPIC, POLICY])
    assert recorded["resources"][TOPIC] == {
        "custom": True,
        "inputs": {"name": "[secret]"},
        "parent": COMPONENT,
        "protect": True,
        "provider": AWS,
        "type": "aws:sns/topic:Topic",
    }
    assert recorded["resources"][POLICY] == {
        "custom": True,
        "dependencies": [AWS, TOPIC],
        "inputs": {
            "arn": "[unknown]",
            "policy": {
                "[json]": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish"}]}
            },
        },
        "parent": COMPONENT,
        "propertyDependencies": {"arn": [TOPIC]},
        "provider": AWS,
        "type": "aws:sns/topicPolicy:TopicPolicy",
    }


@pytest.mark.parametrize(
    ("value", "recorded"),
    [
        ({"b": [UNKNOWN, secret({"a": 1})], "a": 0.5}, {"a": 0.5, "b": ["[unknown]", "[secret]"]}),
        ('{"b": 1, "a": [2]}', {"[json]": {"b": 1, "a": [2]}}),
        ('{"b":1}', '{"b":1}'),  # other text for the same: it could not be told apart
        ("{not json}", "{not json}"),
        (
            {
                SIGNATURE: ARCHIVE,
                "hash": "1f",
                "assets": {
                    "two.json": {SIGNATURE: ASSET, "text": "{}"},
                    "one.py": {SIGNATURE: ASSET, "path": "/home/me/one.py", "hash": "2e"},
                },
            },
            {"[archive]": ["one.py", "two.json"]},
        ),
    ],
)
def test_how_values_are_recorded(value: Any, recorded: Any) -> None:
    one = _resource("aws:sns/topic:Topic::one", "aws:sns/topic:Topic", inputs={"value": value})
    found = graph.of_resources([one])["resources"]["aws:sns/topic:Topic::one"]["inputs"]["value"]
    assert found == recorded
    assert list(found) == list(recorded) if isinstance(recorded, dict) else True


def test_a_kind_of_value_that_nobody_thought_of_is_not_recorded_by_chance() -> None:
    one = _resource("a:b:C::one", "a:b:C", inputs={"value": {SIGNATURE: RESOURCE, "urn": "x"}})
    with pytest.raises(AssertionError, match="nobody has said yet how to record"):
        graph.of_resources([one])


# Every difference is told


def _changed(urn: str, **fields: Any) -> Callable[[Resources], None]:
    def change(resources: Resources) -> None:
        resources[urn] = replace(resources[urn], **fields)

    return change


def _renamed(resources: Resources) -> None:
    resources[TOPIC] = replace(resources[TOPIC], urn=f"{URN}{TOPIC}-2", name="alerts-2")


def _removed(resources: Resources) -> None:
    del resources[OTHER]


def _added(resources: Resources) -> None:
    resources["new"] = _resource("a:b:C::new", "a:b:C", "")


REORDERED = '{"Statement": [{"Effect": "Allow", "Action": "sns:Publish"}], "Version": "2012-10-17"}'
MUTATIONS: list[tuple[str, Callable[[Resources], None], list[str]]] = [
    (
        "an input is another",
        _changed(AWS, inputs={"region": "eu-west-2", "version": "7.51.1"}),
        [f'-{AWS} › inputs › region = "eu-west-1"', f'+{AWS} › inputs › region = "eu-west-2"'],
    ),
    (
        "an input is missing",
        _changed(AWS, inputs={"region": "eu-west-1"}),
        [f'-{AWS} › inputs › version = "7.51.1"'],
    ),
    (
        "an input has another type",
        _changed(AWS, inputs={"region": "eu-west-1", "version": 7}),
        [f'-{AWS} › inputs › version = "7.51.1"', f"+{AWS} › inputs › version = 7"],
    ),
    (
        "an action in a policy document is another",
        _changed(POLICY, inputs={"arn": UNKNOWN, "policy": DOCUMENT.replace("sns:Publish", "sns:*")}),
        [
            f'-{POLICY} › inputs › policy › [json] › Statement › 0 › Action = "sns:Publish"',
            f'+{POLICY} › inputs › policy › [json] › Statement › 0 › Action = "sns:*"',
        ],
    ),
    (
        "a policy document is in another order",
        _changed(POLICY, inputs={"arn": UNKNOWN, "policy": REORDERED}),
        [
            f'-{POLICY} › inputs › policy › [json] › Version = "2012-10-17"',
            f'+{POLICY} › inputs › policy › [json] › Version = "2012-10-17"',
        ],
    ),
    (
        "what was unknown is known",
        _changed(POLICY, inputs={"arn": "arn:aws:sns:::t", "policy": DOCUMENT}),
        [f'-{POLICY} › inputs › arn = "[unknown]"', f'+{POLICY} › inputs › arn = "arn:aws:sns:::t"'],
    ),
    (
        "a secret is none any more",
        _changed(TOPIC, inputs={"name": "hidden"}),
        [f'-{TOPIC} › inputs › name = "[secret]"', f'+{TOPIC} › inputs › name = "hidden"'],
    ),
    (
        "a dependency is missing",
        _changed(POLICY, dependencies=(URN + TOPIC,)),
        [
            f'-{POLICY} › dependencies › 0 = "{AWS}"',
            f'-{POLICY} › dependencies › 1 = "{TOPIC}"',
            f'+{POLICY} › dependencies › 0 = "{TOPIC}"',
        ],
    ),
    (
        "a property's dependency is missing",
        _changed(POLICY, property_dependencies={"arn": (), "policy": ()}),
        [f'-{POLICY} › propertyDependencies › arn › 0 = "{TOPIC}"'],
    ),
    (
        "another provider",
        _changed(TOPIC, provider=f"{URN}{OTHER}::{UNKNOWN}"),
        [f'-{TOPIC} › provider = "{AWS}"', f'+{TOPIC} › provider = "{OTHER}"'],
    ),
    ("no provider", _changed(TOPIC, provider=""), [f'-{TOPIC} › provider = "{AWS}"']),
    ("no parent", _changed(TOPIC, parent=""), [f'-{TOPIC} › parent = "{COMPONENT}"']),
    (
        "another parent",
        _changed(TOPIC, parent=URN + STACK),
        [f'-{TOPIC} › parent = "{COMPONENT}"', f'+{TOPIC} › parent = "{STACK}"'],
    ),
    (
        "another type",
        _changed(TOPIC, type="aws:sqs/queue:Queue"),
        [f'-{TOPIC} › type = "aws:sns/topic:Topic"', f'+{TOPIC} › type = "aws:sqs/queue:Queue"'],
    ),
    ("a component is a resource", _changed(COMPONENT, custom=True), [f"+{COMPONENT} › custom = true"]),
    ("no protection", _changed(TOPIC, protect=False), [f"-{TOPIC} › protect = true"]),
    ("it outlives the stack", _changed(TOPIC, retain_on_delete=True), [f"+{TOPIC} › retainOnDelete = true"]),
    (
        "changes are ignored",
        _changed(TOPIC, ignore_changes=("name",)),
        [f'+{TOPIC} › ignoreChanges › 0 = "name"'],
    ),
    (
        "an output is secret",
        _changed(TOPIC, additional_secret_outputs=("arn",)),
        [f'+{TOPIC} › additionalSecretOutputs › 0 = "arn"'],
    ),
    (
        "another name",
        _renamed,
        [
            sign + line
            for sign, urn in (("-", TOPIC), ("+", f"{TOPIC}-2"))
            for line in (
                f"{urn} › custom = true",
                f'{urn} › inputs › name = "[secret]"',
                f'{urn} › parent = "{COMPONENT}"',
                f"{urn} › protect = true",
                f'{urn} › provider = "{AWS}"',
                f'{urn} › type = "aws:sns/topic:Topic"',
            )
        ],
    ),
    (
        "a resource is missing",
        _removed,
        [
            f"-{OTHER} › custom = true",
            f'-{OTHER} › inputs › region = "us-east-1"',
            f'-{OTHER} › inputs › version = "7.51.1"',
            f'-{OTHER} › parent = "{STACK}"',
            f'-{OTHER} › type = "pulumi:providers:aws"',
        ],
    ),
    ("a resource is new", _added, ["+a:b:C::new › custom = true", '+a:b:C::new › type = "a:b:C"']),
]


@pytest.mark.parametrize(("mutate", "told"), [m[1:] for m in MUTATIONS], ids=[m[0] for m in MUTATIONS])
def test_a_difference_is_told(mutate: Callable[[Resources], None], told: list[str]) -> None:
    mutated = resources()
    mutate(mutated)
    assert graph.differences(of_documents(documents()), of_resources(mutated)) == [
        f"{line[0]}resources › {line[1:]}" for line in told
    ]


def test_another_stack_is_told() -> None:
    of_prod = [replace(resources()[STACK], urn=(URN + STACK).replace("dev", "prod"))]
    assert graph.differences(of_resources({STACK: resources()[STACK]}), graph.of_resources(of_prod)) == [
        f'-urn = "{URN}"',
        f'-resources › {STACK} › type = "pulumi:pulumi:Stack"',
        '+urn = "urn:pulumi:prod::small::"',
        f'+resources › {STACK.replace("dev", "prod")} › type = "pulumi:pulumi:Stack"',
    ]


def test_an_option_that_the_builtin_engine_does_not_know_is_told() -> None:
    told = copy.deepcopy(documents())
    told[TOPIC]["deletedWith"] = URN + COMPONENT
    (difference,) = graph.differences(of_documents(told), of_resources(resources()))
    assert difference == f'-resources › {TOPIC} › deletedWith = "{URN}{COMPONENT}"'


def test_many_differences_are_shortened() -> None:
    assert graph.shortened(["-a", "+b"]) == "-a\n+b"
    many = [f"-{number}" for number in range(205)]
    assert graph.shortened(many) == "\n".join([*many[:200], "… and 5 lines more"])


# What is recorded instead of a graph

DETECTION = "small:index:Account$deadfall:index:Detection::root-use"
RULE = "small:index:Account$deadfall:index:Detection$aws:cloudwatch/eventRule:EventRule::root-use-eu-west-1"


def with_a_detection(pattern: str = '{"source": ["aws.iam"]}') -> Resources:
    made = [
        _resource(DETECTION, "deadfall:index:Detection", custom=False),
        _resource(RULE, "aws:cloudwatch/eventRule:EventRule", DETECTION, inputs={"eventPattern": pattern}),
    ]
    return {**resources(), **{resource.urn.removeprefix(URN): resource for resource in made}}


def test_a_recording_has_a_digest_of_each_resource_of_a_detection_and_all_of_any_other() -> None:
    recorded = graph.recorded(of_resources(with_a_detection()))
    assert recorded["urn"] == URN
    assert recorded["resources"] == of_resources(resources())["resources"]
    assert list(recorded["detections"]) == [DETECTION]
    assert recorded["detections"][DETECTION].keys() == {DETECTION, RULE}
    assert all(re.fullmatch("[0-9a-f]{32}", digest) for digest in recorded["detections"][DETECTION].values())


FIELDS: dict[str, Any] = {
    "inputs": {"eventPattern": '{"source": ["aws.sts"]}'},
    "parent": URN + COMPONENT,
    "provider": f"{URN}{OTHER}::{UNKNOWN}",
    "type": "aws:sqs/queue:Queue",
    "custom": False,
    "protect": True,
    "retain_on_delete": True,
    "ignore_changes": ("name",),
    "additional_secret_outputs": ("arn",),
    "dependencies": (URN + TOPIC,),
    "property_dependencies": {"eventPattern": (URN + TOPIC,)},
}


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_changes_of_a_resource_changes_its_recording(field: str) -> None:
    changed = with_a_detection()
    changed[RULE] = replace(changed[RULE], **{field: FIELDS[field]})
    recording = graph.recorded(of_resources(with_a_detection()))
    assert graph.differences_of_recording(recording, of_resources(with_a_detection())) == []
    assert graph.differences_of_recording(recording, of_resources(changed)) != []


def test_the_order_of_a_pattern_is_in_its_digest() -> None:
    one, two = (with_a_detection(text) for text in ('{"a": [1], "b": [2]}', '{"b": [2], "a": [1]}'))
    assert graph.recorded(of_resources(one)) != graph.recorded(of_resources(two))


def test_all_of_a_resource_with_another_digest_is_told() -> None:
    recording = graph.recorded(of_resources(with_a_detection()))
    found = of_resources(with_a_detection('{"source": ["aws.sts"]}'))
    before, after = (each["detections"][DETECTION][RULE] for each in (recording, graph.recorded(found)))
    assert graph.differences_of_recording(recording, found) == [
        f'-detections › {DETECTION} › {RULE} = "{before}"',
        f'+detections › {DETECTION} › {RULE} = "{after}"',
        f"={RULE} › custom = true",
        f'={RULE} › inputs › eventPattern › [json] › source › 0 = "aws.sts"',
        f'={RULE} › parent = "{DETECTION}"',
        f'={RULE} › type = "aws:cloudwatch/eventRule:EventRule"',
    ]


def test_a_detection_that_is_new_or_gone_is_told() -> None:
    without, having = of_resources(resources()), of_resources(with_a_detection())
    added = graph.differences_of_recording(graph.recorded(without), having)
    assert [line for line in added if line.startswith(f"={RULE} › inputs")] == [
        f'={RULE} › inputs › eventPattern › [json] › source › 0 = "aws.iam"'
    ]
    gone = graph.differences_of_recording(graph.recorded(having), without)
    assert [line[: line.index(" = ")] for line in gone if line.startswith("-")] == [
        f"-detections › {DETECTION} › {RULE}",
        f"-detections › {DETECTION} › {DETECTION}",
    ]


def test_a_recording_is_json_with_what_fits_in_a_line() -> None:
    recording = {"urn": "u", "resources": {"a": {"short": [1, "ä"], "long": ["x" * 100, {"y": "z" * 100}], "none": []}}}
    written = graph.text(recording)
    assert json.loads(written) == recording
    assert '      "short": [1, "ä"],\n      "long": [\n        "xxx' in written
    assert '"none": []' in written
