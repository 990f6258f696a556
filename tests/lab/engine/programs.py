"""What the test programs share. They do without pulumi_aws, whose import takes longer than all the rest."""

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine import Resource, Result

ACCOUNT_ID = "111122223333"
REGION = "eu-west-1"
TOPIC_TYPE = "aws:sns/topic:Topic"

PROJECT = """\
name: small
runtime: python
config:
  word: {type: string, default: hello}
"""

PRELUDE = """\
import json
import pulumi

config = pulumi.Config()


class Provider(pulumi.ProviderResource):
    def __init__(self, name="aws", **inputs):
        super().__init__("aws", name, {"region": "eu-west-1", **inputs})


class Resource(pulumi.CustomResource):
    def __init__(self, type, name, inputs, **options):
        outputs = dict.fromkeys(["arn", "secret"])
        super().__init__(type, name, {**outputs, **inputs}, pulumi.ResourceOptions(**options))


class Component(pulumi.ComponentResource):
    def __init__(self, name, type="small:index:Component", **options):
        super().__init__(type, name, {}, pulumi.ResourceOptions(**options))


def topic(name, **options):
    inputs = options.pop("inputs", {"name": name})
    return Resource("aws:sns/topic:Topic", name, inputs, **options)


"""


def urn(name: str, type: str = TOPIC_TYPE) -> str:
    return f"urn:pulumi:dev::small::{type}::{name}"


def topics(emulator: Emulator, region: str = REGION) -> list[str]:
    """The names of the topics that are really there."""
    found = emulator.client("sns", region).list_topics()["Topics"]
    return sorted(topic["TopicArn"].rpartition(":")[2] for topic in found)


def display_name(emulator: Emulator, topic: str) -> str:
    arn = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:{topic}"
    return emulator.client("sns", REGION).get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"]


def names(urns: list[str]) -> list[str]:
    return sorted(urn.rpartition("::")[2] for urn in urns)


def resource(result: Result, name: str) -> Resource:
    return next(r for r in result.resources if r.name == name)
