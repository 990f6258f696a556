#!/usr/bin/env bash
# Expected: an argument that is an object reaches the component whole, whether it comes plain, from another resource
# or as a secret.
# What happens (Pulumi SDK 3.272.0): as an Output it arrives as {}: the host looks for the properties before the value
# is there. Where all are optional there is no error. A list or map of objects as an Output arrives whole, but with
# the schema's camelCase names.
# Why it matters: a component's limits, exemptions or notification settings vanish as soon as a caller wraps them in a
# secret, and the defaults deploy instead.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check pulumi==3.272.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import asyncio
import sys
from importlib.metadata import version
from typing import Any, Optional, TypedDict

import pulumi
from google.protobuf import struct_pb2
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.rpc import _special_secret_sig, _special_sig_key

print("pulumi", version("pulumi"))


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return f"{args.name}-id", args.inputs

    def call(self, args):
        return {}


class Limits(TypedDict, total=False):
    per_day: pulumi.Input[str]


class TrapArgs(TypedDict, total=False):
    limits: pulumi.Input[Limits]
    each: pulumi.Input[list[Limits]]


received: list[Any] = []


class Trap(pulumi.ComponentResource):
    def __init__(self, name: str, args: TrapArgs, opts: Optional[pulumi.ResourceOptions] = None):
        super().__init__("deadfall:index:Trap", name, {}, opts)
        received.append(args)
        self.register_outputs({})


def secret(value):
    """A secret value as the engine sends it."""
    return {_special_sig_key: _special_secret_sig, "value": value}


async def construct(inputs):
    """Take the inputs off the wire as the component host does, and construct the component with them."""
    pulumi.runtime.set_mocks(Mocks())
    properties = struct_pb2.Struct()
    properties.update(inputs)
    provider = ComponentProvider([Trap], "deadfall")
    try:
        taken = await ProviderServicer._construct_inputs(properties, {})
        provider.construct("trap", "deadfall:index:Trap", taken)
    except Exception as error:
        inner = getattr(error, "inner", error)
        print(f"{inputs} -> {type(inner).__name__}: {str(inner).splitlines()[0][:90]}")
        return type(inner).__name__
    print(f"{inputs} -> {received[-1]!r}")
    return received[-1]


async def main():
    found = [await construct({"limits": {"perDay": "4"}}), await construct({"limits": secret({"perDay": "4"})})]
    several = (await construct({"each": secret([{"perDay": "4"}])}))["each"]
    print("  each is", await several.future(), ", plain it is", (await construct({"each": [{"perDay": "4"}]}))["each"])
    return [*found, await several.future()]


found = asyncio.run(main())
recorded = [{"limits": {"per_day": "4"}}, {"limits": {}}, [{"perDay": "4"}]]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
