#!/usr/bin/env bash
# Expected: a component whose args are annotated with a dataclass gets one, or the class is refused when the schema is
# inferred.
# What happens (Pulumi SDK 3.272.0): the schema takes the fields of the dataclass, but the host hands over a plain
# dict. args.days is an AttributeError, defaults are not filled in.
# Why it matters: the component works in every Python test, where callers make the dataclass themselves, and for no
# user of the packaged component.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check pulumi==3.272.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import asyncio
import sys
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Optional

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


@dataclass
class TrapArgs:
    name: str
    days: Optional[str] = "30"


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


args = asyncio.run(construct({"name": "x"}))
print("  type", type(args).__name__, " has days", "days" in args or hasattr(args, "days"))
found = [type(args), args, hasattr(args, "days")]
recorded = [dict, {"name": "x"}, False]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
