"""The events that Pulumi's engine writes while it runs: progress, changes, diagnostics and failures."""

import time
from collections.abc import Mapping
from typing import Any, Literal

from . import urn as urns
from .pulumi_process import EngineEvent
from .result import Changes, Diagnostic, Event, OnEvent

# `sdk/go/common/display/op.go` of pulumi/pulumi. `replace` itself only groups the two steps.
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
# Messages at the end of every failed operation, after the real cause.
_NO_REASON = ("preview failed", "update failed", "resource monitor shut down while", "an unhandled error occurred:")


class EventReader:
    """Processes the events of one operation in order.

    `up`, `refresh` and `destroy` write the events of their own preview first. Those are ignored: only actual changes
    are counted and passed on.
    """

    def __init__(self, *, preview: bool, on_event: OnEvent) -> None:
        self._preview = preview
        self._on_event = on_event
        self._started: dict[tuple[str, str], float] = {}
        self._done: dict[str, str] = {}
        self._diagnostics: dict[Diagnostic, None] = {}
        self._violations: dict[str, None] = {}
        self.stack_outputs: Mapping[str, Any] = {}
        """The stack's outputs, as the program last registered them."""

    def process(self, event: EngineEvent) -> None:
        match event:
            case {"resourcePreEvent": step} if self._is_actual(step):
                self._started[step["metadata"]["urn"], step["metadata"]["op"]] = time.monotonic()
                if not _is_custom(step):  # a component without outputs has no later event
                    self._count(step)
                self._report("started", step)
            case {"resOutputsEvent": step} if self._is_actual(step):
                self._count(step)
                self._report("done", step)
                if step["metadata"].get("type") == urns.STACK_TYPE:
                    self.stack_outputs = (step["metadata"].get("new") or {}).get("outputs") or {}
            case {"resOpFailedEvent": step}:
                self._report("failed", step)
            case {"diagnosticEvent": diagnostic} if not diagnostic.get("ephemeral"):
                severity, message = diagnostic["severity"].partition("#")[0], diagnostic["message"].strip()
                self._diagnostics[Diagnostic(severity, message, diagnostic.get("urn", ""))] = None
            case {"policyEvent": violation}:
                self._record_violation(violation)
            case _:
                pass

    @property
    def changes(self) -> Changes:
        """The change to each resource."""
        changes = Changes()
        for urn, op in self._done.items():
            getattr(changes, _LISTS[op]).append(urn)
        return changes

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """All diagnostics except debug messages and those already reported as failures."""
        return [each for each in self._diagnostics if each.severity not in ("debug", "error")]

    @property
    def failures(self) -> list[str]:
        """Why the operation failed, one sentence per failure."""
        errors = [_sentence(each.message) for each in self._diagnostics if each.severity == "error"]
        reasons = [*self._violations, *(error for error in errors if not error.startswith(_NO_REASON))]
        if errors and not reasons:  # the program did not start; the cause is on its stderr
            stderr = [each.message for each in self._diagnostics if each.severity == "info"]
            return [_sentence("\n".join(stderr) if stderr else errors[0])]
        return list(dict.fromkeys(reasons))

    def _count(self, step: Mapping[str, Any]) -> None:
        if step["metadata"]["op"] in _LISTS:
            self._done[step["metadata"]["urn"]] = step["metadata"]["op"]

    def _is_actual(self, step: Mapping[str, Any]) -> bool:
        return bool(step.get("planning")) == self._preview

    def _report(self, stage: Literal["started", "done", "failed"], step: Mapping[str, Any]) -> None:
        urn, op = step["metadata"]["urn"], step["metadata"]["op"]
        if not _is_custom(step) or urns.token(urn).startswith(urns.PROVIDER_TYPE_PREFIX):
            return
        if (urn, "refresh") in self._started:  # its end event has the result as its op: same, update or delete
            op = "refresh"
        if op in _ACTIONS:
            seconds = 0.0 if stage == "started" else time.monotonic() - self._started.get((urn, op), time.monotonic())
            self._on_event(Event(stage, _ACTIONS[op], urn, seconds))

    def _record_violation(self, violation: Mapping[str, Any]) -> None:
        urn = violation.get("resourceUrn", "")
        message = " ".join(violation["message"].split())
        text = f"policy {violation['policyName']}: {urns.name(urn) + ': ' if urn else ''}{message}"
        if violation["enforcementLevel"] == "mandatory":
            self._violations[text] = None
        else:
            self._diagnostics[Diagnostic("warning", text, urn)] = None


_LISTS = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "same": "same",
    "import": "same",
}


def _is_custom(step: Mapping[str, Any]) -> bool:
    """Return whether a provider manages the resource, unlike components and the stack itself."""
    state = step["metadata"].get("new") or step["metadata"].get("old") or {}
    return bool(state.get("custom"))


def _sentence(message: str) -> str:
    """Return a message in one line; of a traceback, only the last line."""
    lines = [line.strip() for line in message.removeprefix("Preview failed: ").splitlines() if line.strip()]
    traceback = any(line.startswith("Traceback (most recent call last)") for line in lines)
    return f"the program failed: {lines[-1]}" if traceback else " ".join(lines)
