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

A recording is shorter than the graph (`recorded`): it holds a digest instead of each resource of a detection, over all
that the graph has of it. In full these resources would be most of a recording, and restate what the rule says.

A preview of a new stack tells neither a resource's aliases (the CLI tells only the one by which an existing resource
was found) nor outputs, those of the stack included.
"""

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from deadfall.lab.engine import Resource
from deadfall.lab.engine import urn as urns
from deadfall.lab.engine.result import HIDDEN, NOT_KNOWN
from deadfall.lab.provider.values import ARCHIVE, SECRET, SIGNATURE, is_unknown, signature

Graph = Mapping[str, Any]
"""`urn`: how every URN begins; `resources`: by the rest of their URN, sorted, what is recorded of each."""

Recording = Mapping[str, Any]
"""A graph without the resources of detections, and in `detections`, by the component of each, the digest of each."""

_DETECTION = "deadfall:index:Detection"
_OF_THE_MACHINE = frozenset({"sourcePosition", "stackTrace", "created", "modified"})
_OF_THE_CLI = "__internal"  # where among a provider's inputs the CLI keeps things for itself
_LINES_SHOWN = 200
_LINE = 178  # characters in a line of a recording: URNs are long
_DIGEST_CHARACTERS = 32


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


def recorded(graph: Graph) -> Recording:
    """Return the recording of a graph, with a digest of each detection component and of each of its children."""
    resources: Mapping[str, Any] = graph["resources"]
    owners = {urn: _detection_of(urn, resource) for urn, resource in resources.items()}
    digests: dict[str, dict[str, str]] = {}
    for urn, owner in owners.items():
        if owner:
            digests.setdefault(owner, {})[urn] = _digest(resources[urn])
    rest = {urn: resource for urn, resource in resources.items() if not owners[urn]}
    return {"urn": graph["urn"], "resources": rest, "detections": dict(sorted(digests.items()))}


def text(recording: Recording) -> str:
    """Return a recording as it is written to a file: JSON, with each value in one line that fits."""
    return _json(recording) + "\n"


def differences(recorded: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """How another graph differs from the recorded one: `-` before what it has not, `+` before what it has instead.

    Each line is a value with the way to it, so that it can be understood without the rest.
    """
    lines = difflib.unified_diff(list(_lines(recorded)), list(_lines(found)), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def differences_of_recording(recording: Recording, found: Graph) -> list[str]:
    """How a graph differs from a recording, as `differences` has it. After the digest of a resource that changed, or is
    new, comes all that the graph has of it: `=` before each line."""
    now = recorded(found)
    changed = {
        urn: found["resources"][urn]
        for owner, digests in now["detections"].items()
        for urn, digest in digests.items()
        if recording["detections"].get(owner, {}).get(urn) != digest
    }
    return [*differences(recording, now), *(f"={line}" for urn in changed for line in _lines(changed[urn], urn))]


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


def _detection_of(urn: str, resource: Mapping[str, Any]) -> str:
    """The URN of the detection component that a resource is, or belongs to; empty if there is none."""
    parent = resource.get("parent", "")
    return urn if _is_detection(urn) else parent if _is_detection(parent) else ""


def _is_detection(urn: str) -> bool:
    return urn.partition("::")[0].rpartition("$")[2] == _DETECTION


def _digest(resource: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(resource).encode()).hexdigest()[:_DIGEST_CHARACTERS]


def _json(value: Any, indent: str = "", before: int = 0) -> str:
    """JSON text, in one line if that fits behind the characters `before` it, else with a line for each item."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + before + len(line) <= _LINE:
        return line
    deeper = indent + "  "
    if isinstance(value, list):
        items, (opening, closing) = [_json(item, deeper) for item in value], "[]"
    else:
        keys = {key: f"{json.dumps(key, ensure_ascii=False)}: " for key in value}
        items, (opening, closing) = [f"{keys[k]}{_json(v, deeper, len(keys[k]))}" for k, v in value.items()], "{}"
    return f"{opening}\n{deeper}" + f",\n{deeper}".join(items) + f"\n{indent}{closing}"


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
