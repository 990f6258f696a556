"""What of a preview is recorded and compared: the same of both engines, on every machine, and readable in a review.

The form is that of `newState` in `pulumi preview --json` (`sdk/go/common/apitype/core.go` of pulumi/pulumi,
ResourceV3), with these differences:

- What is empty or false is left out.
- URNs of the stack are without their beginning, which is written once. A provider's id, never known in a preview of
  a new stack, is left out.
- A secret is `[secret]`, as the CLI shows it; what is not known is `[unknown]`.
- Text that is JSON, such as a policy document, is written as what it says, below `[json]`; its keys keep their order.
- Of an archive there are the names of its members, below `[archive]`, not their content: it would change with every
  edit of the code, and both engines' hashes with it. Paths of files are left out.
- Where in the source a resource was registered, and when, is left out: it names paths of the machine.

A preview of a new stack tells neither a resource's aliases (the CLI tells only the one by which an existing resource
was found) nor outputs, those of the stack included.
"""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from deadfall.lab.engine import Resource
from deadfall.lab.engine import urn as urns
from deadfall.lab.engine.result import HIDDEN, NOT_KNOWN
from deadfall.lab.provider.values import ARCHIVE, SECRET, SIGNATURE, is_unknown, signature

Graph = Mapping[str, Any]
"""`urn`: how every URN begins; `resources`: by the rest of their URN, sorted, what is recorded of each."""

_OF_THE_MACHINE = frozenset({"sourcePosition", "stackTrace", "created", "modified"})
_OF_THE_CLI = "__internal"  # where among a provider's inputs the CLI keeps things for itself
_LINES_SHOWN = 30


def of_document(document: Mapping[str, Any]) -> Graph:
    """The graph in a document of `pulumi preview --json` of a new stack."""
    return _graph(step["newState"] for step in document["steps"])


def of_resources(resources: Iterable[Resource]) -> Graph:
    """The graph of what a preview of a new stack registered."""
    return _graph(
        {
            "urn": resource.urn,
            "type": resource.type,
            "custom": resource.custom,
            "parent": resource.parent,
            "provider": resource.provider,
            "inputs": resource.inputs,
            "dependencies": resource.dependencies,
            "propertyDependencies": resource.property_dependencies,
            "protect": resource.protect,
            "retainOnDelete": resource.retain_on_delete,
            "ignoreChanges": resource.ignore_changes,
            "additionalSecretOutputs": resource.additional_secret_outputs,
        }
        for resource in resources
    )


def text(graph: Graph) -> str:
    """The graph as it is recorded."""
    return json.dumps(graph, indent=2, ensure_ascii=False) + "\n"


def differences(recorded: Graph, found: Graph) -> list[str]:
    """How another graph differs from the recorded one: `-` before what it has not, `+` before what it has instead.

    Each line is a value with the way to it, so that it can be understood without the rest.
    """
    lines = difflib.unified_diff(list(_lines(recorded)), list(_lines(found)), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def shortened(differences: list[str]) -> str:
    """The first of the differences, each in a line of its own, and how many there are more."""
    more = len(differences) - _LINES_SHOWN
    return "\n".join([*differences[:_LINES_SHOWN], *([f"… and {more} lines more"] if more > 0 else [])])


def _graph(states: Iterable[Mapping[str, Any]]) -> Graph:
    found = {state["urn"]: state for state in states}
    assert found, "a preview without any resource"
    stack, project, _ = next(iter(found)).split("::", 2)
    beginning = f"{stack}::{project}::"
    recorded = {urn.removeprefix(beginning): _recorded(found[urn], beginning) for urn in sorted(found)}
    return {"urn": beginning, "resources": recorded}


def _recorded(state: Mapping[str, Any], beginning: str) -> dict[str, Any]:
    def short(urn: str) -> str:
        return urn.removeprefix(beginning)

    of_properties = {key: sorted(map(short, of or ())) for key, of in state.get("propertyDependencies", {}).items()}
    rest = {key: value for key, value in state.items() if key not in _OF_THE_MACHINE and key != "urn"}
    told = {
        **{key: sorted(value) if isinstance(value, list | tuple) else value for key, value in rest.items()},
        "parent": short(state.get("parent", "")),
        "provider": short(urns.provider_urn(state.get("provider", ""))),
        "dependencies": sorted(map(short, state.get("dependencies", ()))),
        "propertyDependencies": {key: of for key, of in sorted(of_properties.items()) if of},
        "inputs": {key: _value(value) for key, value in sorted(state.get("inputs", {}).items()) if key != _OF_THE_CLI},
    }
    return {key: told[key] for key in sorted(told) if told[key]}


def _value(value: Any) -> Any:
    if is_unknown(value):
        return NOT_KNOWN
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [_value(item) for item in value]
    if not isinstance(value, dict):
        return value
    match signature(value):
        case s if s == SECRET:
            return HIDDEN
        case s if s == ARCHIVE:
            return {"[archive]": sorted(value["assets"])}
        case s:
            assert s is None, f"nobody has said yet how to record {SIGNATURE}: {s}"
            return {key: _value(item) for key, item in sorted(value.items())}


def _text(value: str) -> Any:
    """What JSON text says, if it can be written back exactly from that; any other text as it is."""
    if value.startswith(("{", "[")):
        try:
            said = json.loads(value)
        except ValueError:
            return value
        if json.dumps(said) == value:
            return {"[json]": said}
    return value


def _lines(value: Any, way: str = "") -> Iterator[str]:
    """A line per value, in order."""
    if value and isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _lines(item, f"{way} › {key}" if way else str(key))
    else:
        yield f"{way} = {json.dumps(value, ensure_ascii=False)}"
