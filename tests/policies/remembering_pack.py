"""The policy pack in a process that remembers what it has decoded: the same answers, several times faster.

For every guardrail on the stack the SDK decodes every resource anew. In the tests hundreds of graphs differ in one
resource each, and decoding the others again is nearly all of the time.

Usage: as `python -m pulumi.policy ADDRESS PACK`.
"""

import runpy
from collections.abc import Callable
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from pulumi_policy import policy


class _RememberingJsonFormat:
    """`MessageToDict` of equal messages is one and the same dict; nothing in the SDK's validation changes it."""

    def __init__(self) -> None:
        self._known: dict[bytes, dict[str, Any]] = {}

    def MessageToDict(self, message: Message) -> dict[str, Any]:  # noqa: N802 the SDK's own name
        key = message.SerializeToString(deterministic=True)
        if key not in self._known:
            self._known[key] = json_format.MessageToDict(message)
        return self._known[key]


def _remembering(decode: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[int, tuple[Any, Any]] = {}

    def decoded(value: Any, *more: Any) -> Any:
        if more:  # remediation, which changes what it gets
            return decode(value, *more)
        if id(value) not in known:
            known[id(value)] = value, decode(value)  # with the value itself, so that its id stays its own
        return known[id(value)][1]

    return decoded


if __name__ == "__main__":
    names = policy.__dict__
    names["json_format"] = _RememberingJsonFormat()
    for name in ("deserialize_properties", "unknown_checking_proxy"):
        names[name] = _remembering(names[name])
    runpy.run_module("pulumi.policy", run_name="__main__")
