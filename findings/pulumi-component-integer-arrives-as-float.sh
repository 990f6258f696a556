#!/usr/bin/env bash
# Expected: an argument annotated int is an int in the component: the schema has it as an integer, and the host says
# that it converts.
# What happens (Pulumi SDK 3.272.0): it is a float, for the converted value is overwritten a few lines on. 4 arrives
# as 4.0.
# Why it matters: names and policies made from it get '.0' (a log retention of 30.0 days, a role name trap-4.0),
# range() and slices raise, and only for users of the packaged component.
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

print("pulumi", version("pulumi"))


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return f"{args.name}-id", args.inputs

    def call(self, args):
        return {}


class TrapArgs(TypedDict):
    days: int


received: list[Any] = []


class Trap(pulumi.ComponentResource):
    def __init__(self, name: str, args: TrapArgs, opts: Optional[pulumi.ResourceOptions] = None):
        super().__init__("deadfall:index:Trap", name, {}, opts)
        received.append(args)
        self.register_outputs({})


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


days = asyncio.run(construct({"days": 4}))["days"]
print(f"  f'trap-{{days}}' is trap-{days}, its type {type(days).__name__}")
found = [type(days), f"trap-{days}"]
recorded = [float, "trap-4.0"]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
