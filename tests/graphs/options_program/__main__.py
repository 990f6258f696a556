"""One of everything that a program can ask an engine for: what the shipped program may not need today."""

import json
from typing import Any

import pulumi

config = pulumi.Config()


class Provider(pulumi.ProviderResource):
    def __init__(self, name: str, inputs: dict[str, Any]) -> None:
        super().__init__("aws", name, inputs, pulumi.ResourceOptions(version="7.51.1"))


class Component(pulumi.ComponentResource):
    def __init__(self, name: str, inputs: dict[str, Any], **options: Any) -> None:
        super().__init__("options:index:Component", name, inputs, pulumi.ResourceOptions(**options))


class Topic(pulumi.CustomResource):
    arn: pulumi.Output[str]

    def __init__(self, name: str, inputs: dict[str, Any] | None = None, **options: Any) -> None:
        given = {"name": name, "region": "eu-west-1", **(inputs or {})}
        super().__init__("aws:sns/topic:Topic", name, {"arn": None, **given}, pulumi.ResourceOptions(**options))


class Policy(pulumi.CustomResource):
    def __init__(self, name: str, inputs: dict[str, Any], **options: Any) -> None:
        super().__init__("aws:sns/topicPolicy:TopicPolicy", name, inputs, pulumi.ResourceOptions(**options))


class Function(pulumi.CustomResource):
    def __init__(self, name: str, inputs: dict[str, Any], **options: Any) -> None:
        super().__init__("aws:lambda/function:Function", name, inputs, pulumi.ResourceOptions(**options))


aws = Provider("aws", {"region": "eu-west-1", "defaultTags": {"tags": {"b": "1", "a": "2"}}})
other = Provider("other", {"region": pulumi.Output.secret("us-east-1")})

# Parents, and what children take over from them
outer = Component("outer", {"text": "plain", "none": None}, provider=aws, protect=True)
inner = Component("inner", {"secret": pulumi.Output.secret("hidden")}, parent=outer)
child = Topic("child", parent=inner)
Topic("unprotected", parent=inner, protect=False)
Topic("elsewhere", parent=inner, provider=other)

# Options
plain = Topic("plain", provider=aws)
Topic("retained", provider=aws, retain_on_delete=True)
Topic("ignoring", {"displayName": "one"}, provider=aws, ignore_changes=["displayName"])
Topic("secret-outputs", provider=aws, additional_secret_outputs=["arn"])
Topic("aliased", provider=aws, aliases=[pulumi.Alias(name="before")])
Topic("after", provider=aws, depends_on=[plain, child])
Topic("after-a-component", provider=aws, depends_on=[outer])
Topic("deleted-first", provider=aws, delete_before_replace=True)

# Values
Topic(
    "text-of-config",
    {"displayName": json.dumps([config.require_object("nested"), config.require_object("fromFile")])},
    provider=aws,
)
Topic("known-secret", {"displayName": pulumi.Output.secret("hidden")}, provider=aws)
Topic("unknown-secret", {"displayName": pulumi.Output.secret(plain.arn)}, provider=aws)
Topic("unknown", {"displayName": pulumi.Output.concat("of ", plain.arn)}, provider=aws)
Topic("nested-secret", {"tags": {"plain": "text", "hidden": pulumi.Output.secret("hidden")}}, provider=aws)
Topic("nested-unknown", {"tags": {"plain": "text", "arn": plain.arn}}, provider=aws)
Topic("none", {"displayName": None, "tags": {}}, provider=aws)
Topic("resource-as-text", {"displayName": plain.id}, provider=aws)
Policy("documents", {"arn": plain.arn, "policy": json.dumps({"Version": "2012-10-17", "Statement": []})}, provider=aws)
Policy("of-a-resource", {"arn": plain, "policy": "{}"}, provider=aws)
archive = pulumi.AssetArchive({"z/two.py": pulumi.StringAsset("two"), "one.py": pulumi.FileAsset("__main__.py")})
function = {"region": "eu-west-1", "name": "code", "role": "arn:aws:iam::111122223333:role/code", "timeout": 3}
Function("code", {**function, "runtime": "python3.13", "handler": "one.handler", "code": archive}, provider=aws)

pulumi.export("arn", plain.arn)
pulumi.export("hidden", pulumi.Output.secret("hidden"))
