"""Reads the events that Pulumi's engine writes while it runs: progress, what was done, what was said, what failed."""

import time
from collections.abc import Mapping
from typing import Any, Literal

from . import urn as urns
from .pulumi_process import EngineEvent
from .result import Changes, Diagnostic, Event, OnEvent

# `sdk/go/common/display/op.go` of pulumi/pulumi. `replace` itself is only the bracket around the two steps.
_ACTIONS: Mapping[str, Literal["create", "update", "replace", "delete", "read"]] = {
    "create": "create",
    "update": "update",
    "create-replacement": "replace",
    "delete": "delete",
    "delete-replaced": "delete",
    "read": "read",
    "refresh": "read",
    "import": "read",
}
# Said at the end of every failed operation, after what really was wrong.
_NO_REASON = ("preview failed", "update failed", "resource monitor shut down while", "an unhandled error occurred:")


class EventReader:
    """Takes the events of one operation, one after the other.

    `up`, `refresh` and `destroy` tell their own preview first: only what is really done is counted and passed on.
    """

    def __init__(self, *, preview: bool, on_event: OnEvent) -> None:
        self._preview = preview
        self._on_event = on_event
        self._started: dict[tuple[str, str], float] = {}
        self._done: dict[str, str] = {}
        self._said: dict[Diagnostic, None] = {}
        self._violations: dict[str, None] = {}
        self.stack_outputs: Mapping[str, Any] = {}
        """The outputs of the stack, as the program told them last."""

    def take(self, event: EngineEvent) -> None:
        match event:
            case {"resourcePreEvent": step} if self._counts(step):
                self._started[step["metadata"]["urn"], step["metadata"]["op"]] = time.monotonic()
                if not _is_custom(step):  # a component that registers no outputs is not heard of again
                    self._count(step)
                self._tell("started", step)
            case {"resOutputsEvent": step} if self._counts(step):
                self._count(step)
                self._tell("done", step)
                if step["metadata"].get("type") == urns.STACK_TYPE:
                    self.stack_outputs = (step["metadata"].get("new") or {}).get("outputs") or {}
            case {"resOpFailedEvent": step}:
                self._tell("failed", step)
            case {"diagnosticEvent": said} if not said.get("ephemeral"):
                severity = said["severity"].partition("#")[0]
                self._said[Diagnostic(severity, said["message"].strip(), said.get("urn", ""))] = None
            case {"policyEvent": violation}:
                self._violated(violation)
            case _:
                pass

    @property
    def changes(self) -> Changes:
        """What was done to each resource."""
        changes = Changes()
        for urn, op in self._done.items():
            getattr(changes, _LISTS[op]).append(urn)
        return changes

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """Everything that was said, but what was said to debug, and what the failures say."""
        return [said for said in self._said if said.severity not in ("debug", "error")]

    @property
    def failures(self) -> list[str]:
        """Why the operation failed, a sentence each."""
        errors = [_sentence(said.message) for said in self._said if said.severity == "error"]
        reasons = [*self._violations, *(error for error in errors if not error.startswith(_NO_REASON))]
        if errors and not reasons:  # the program could not even start: why is on its stderr
            stderr = [said.message for said in self._said if said.severity == "info"]
            return [_sentence("\n".join(stderr) if stderr else errors[0])]
        return list(dict.fromkeys(reasons))

    def _count(self, step: Mapping[str, Any]) -> None:
        if step["metadata"]["op"] in _LISTS:
            self._done[step["metadata"]["urn"]] = step["metadata"]["op"]

    def _counts(self, step: Mapping[str, Any]) -> bool:
        return bool(step.get("planning")) == self._preview

    def _tell(self, stage: Literal["started", "done", "failed"], step: Mapping[str, Any]) -> None:
        urn, op = step["metadata"]["urn"], step["metadata"]["op"]
        if not _is_custom(step) or urns.token(urn).startswith(urns.PROVIDER_TYPE_PREFIX):
            return
        if (urn, "refresh") in self._started:  # it ends as what it found: same, update or delete
            op = "refresh"
        if op in _ACTIONS:
            seconds = 0.0 if stage == "started" else time.monotonic() - self._started.get((urn, op), time.monotonic())
            self._on_event(Event(stage, _ACTIONS[op], urn, seconds))

    def _violated(self, violation: Mapping[str, Any]) -> None:
        urn = violation.get("resourceUrn", "")
        message = " ".join(violation["message"].split())
        text = f"policy {violation['policyName']}: {urns.name(urn) + ': ' if urn else ''}{message}"
        if violation["enforcementLevel"] == "mandatory":
            self._violations[text] = None
        else:
            self._said[Diagnostic("warning", text, urn)] = None


_LISTS = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "same": "same",
    "import": "same",
}


def _is_custom(step: Mapping[str, Any]) -> bool:
    """Whether a provider makes the resource: not so of components and of the stack itself."""
    state = step["metadata"].get("new") or step["metadata"].get("old") or {}
    return bool(state.get("custom"))


def _sentence(message: str) -> str:
    """A message in one line; of a traceback only what it ends with."""
    lines = [line.strip() for line in message.removeprefix("Preview failed: ").splitlines() if line.strip()]
    traceback = any(line.startswith("Traceback (most recent call last)") for line in lines)
    return f"the program failed: {lines[-1]}" if traceback else " ".join(lines)
