"""What a program registers, as the engine hands it to a policy pack; and mutations of it."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from deadfall.check.policy_pack import outputs_of
from deadfall.lab.engine import Result

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass(frozen=True)
class Registered:
    """One resource. `inputs` is what a guardrail on resources sees, `outputs` what one on the stack sees."""

    type: str
    name: str
    urn: str
    parent: str
    provider: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    additional_secret_outputs: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.type, self.name

    def having(self, path: str, value: Any) -> "Registered":
        """With another value at a path such as `a.b[0].c`, in inputs and outputs."""
        return replace(self, inputs=_set(self.inputs, path, value), outputs=_set(self.outputs, path, value))

    def lacking(self, path: str) -> "Registered":
        """Without what is at a path."""
        return replace(self, inputs=_set(self.inputs, path, _GONE), outputs=_set(self.outputs, path, _GONE))

    def at(self, path: str) -> Any:
        value: Any = self.inputs
        for part in _parts(path):
            value = value[part]
        return value


@dataclass(frozen=True)
class Graph:
    """All resources of one stack; `changed` are the keys of those that a mutation made or changed."""

    stack: str
    config: Mapping[str, str]
    resources: tuple[Registered, ...]
    changed: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, stack: str, config: Mapping[str, str], result: Result) -> "Graph":
        return cls(
            stack,
            config,
            tuple(
                Registered(
                    type=r.type,
                    name=r.name,
                    urn=r.urn,
                    parent=r.parent,
                    provider=r.provider,
                    inputs=r.inputs,
                    outputs=outputs_of(r, result),
                    dependencies=r.dependencies,
                    property_dependencies=r.property_dependencies,
                    protect=r.protect,
                    additional_secret_outputs=r.additional_secret_outputs,
                )
                for r in result.resources
            ),
        )

    def only(self, type: str, name: str | None = None) -> Registered:
        """The one resource of a type, and of a name if there are several."""
        (found,) = [r for r in self.resources if r.type == type and name in (None, r.name)]
        return found

    def all(self, type: str) -> list[Registered]:
        return [r for r in self.resources if r.type == type]

    def mutated(self, change: Callable[[Registered], Registered | None], type: str, name: str | None = None) -> "Graph":
        """With every resource of a type (and name) changed, or taken out where `change` gives None."""
        resources: list[Registered] = []
        changed = set(self.changed)
        hit = False
        for resource in self.resources:
            if resource.type != type or name not in (None, resource.name):
                resources.append(resource)
                continue
            hit = True
            if (new := change(resource)) is not None:
                resources.append(new)
                changed.add(new.key)
        assert hit, f"there is no {type} {name or ''} in {self.stack}"
        return replace(self, resources=tuple(resources), changed=frozenset(changed))

    def having(self, type: str, name: str | None, path: str, value: Any) -> "Graph":
        return self.mutated(lambda resource: resource.having(path, value), type, name)

    def lacking(self, type: str, name: str | None, path: str) -> "Graph":
        return self.mutated(lambda resource: resource.lacking(path), type, name)

    def without(self, type: str, name: str | None = None) -> "Graph":
        return self.mutated(lambda resource: None, type, name)

    def with_document(
        self, type: str, name: str | None, path: str, change: Callable[[list[dict[str, Any]]], Any]
    ) -> "Graph":
        """With the statements of a policy document changed in place by `change`."""

        def edited(resource: Registered) -> Registered:
            document = json.loads(resource.at(path))
            change(document["Statement"])
            return resource.having(path, json.dumps(document))

        return self.mutated(edited, type, name)

    def plus(self, like: Registered, name: str, /, **inputs: Any) -> "Graph":
        """With one more resource: like another, under another name and with other inputs."""
        new = replace(
            like,
            name=name,
            urn=like.urn.removesuffix(like.name) + name,
            inputs={**like.inputs, **inputs},
            outputs={**like.outputs, **inputs},
        )
        return replace(self, resources=(*self.resources, new), changed=self.changed | {new.key})

    def adding(self, type: str, name: str, parent: str, /, **inputs: Any) -> "Graph":
        """With one more resource of a type that the stack need not have, beneath the component `parent` (its name)."""
        component = next(r for r in self.resources if r.name == parent and r.type.startswith("deadfall:"))
        beneath = component.urn.rpartition("::")[0]
        provider = next(r.provider for r in self.resources if r.type.startswith("aws:"))
        urn = f"{beneath}${type}::{name}"
        new = Registered(type, name, urn, component.urn, provider, inputs, inputs)
        return replace(self, resources=(*self.resources, new), changed=self.changed | {new.key})

    def configured(self, **values: Any) -> "Graph":
        """With other stack config, of the program's namespace."""
        texts = {f"deadfall:{k}": v if isinstance(v, str) else json.dumps(v) for k, v in values.items()}
        return replace(self, config={**self.config, **texts})


_GONE = object()


def _parts(path: str) -> Iterator[str | int]:
    for part in path.split("."):
        key, *indexes = part.split("[")
        if key:
            yield key
        for index in indexes:
            yield int(index.removesuffix("]"))


def _set(values: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(dict(values))
    *before, last = _parts(path)
    inner: Any = changed
    for part in before:
        inner = inner.setdefault(part, {}) if isinstance(inner, dict) else inner[part]
    if value is _GONE:
        del inner[last]
    else:
        inner[last] = value
    return changed
