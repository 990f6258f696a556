#!/usr/bin/env bash
# Expected: an argument annotated Input[int], or Input of an enum, takes an Output: that is what Input means, and text
# takes one.
# What happens (Pulumi SDK 3.272.0): an integer that is a secret or depends on a resource ends in a bare TypeError
# about int(), an enum in an InputPropertyError. Plain values pass.
# Why it matters: a retention or threshold that comes from another stack or resource works in Python, without the
# host, and fails for users of the packaged component.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check pulumi==3.272.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import asyncio
import sys
from enum import Enum
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


class Level(Enum):
    LOW = "low"
    HIGH = "high"


class TrapArgs(TypedDict, total=False):
    days: pulumi.Input[int]
    level: pulumi.Input[Level]
    name: pulumi.Input[str]


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
    plain = await construct({"days": 4, "level": "high", "name": "x"})
    wrapped = [await construct({key: secret(value)}) for key, value in (("days", 4), ("level", "high"), ("name", "x"))]
    return [plain["level"] is Level.HIGH, *wrapped[:2], isinstance(wrapped[2], dict)]


found = asyncio.run(main())
recorded = [True, "TypeError", "InputPropertyError", True]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
