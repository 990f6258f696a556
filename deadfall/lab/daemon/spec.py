"""The description of a stack that the lab's process receives at its start: plain data, passed as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from deadfall.lab.stack_spec import DocumentQuery, StackSpec


@dataclass(frozen=True)
class DaemonSpec:
    """The stack to deploy, and what the lab's process adds to it.

    Attributes:
        stack: the stack and its account.
        visitor_permissions: IAM policy statements of every visitor.
        documents: the query for the stack's documents, which the process returns with its journal.
        shown: facts about the stack that the process adds to its own.
        fixed: values that must not change while the lab runs, by config key.
    """

    stack: StackSpec
    visitor_permissions: tuple[Mapping[str, Any], ...]
    documents: DocumentQuery
    shown: Mapping[str, Any]
    fixed: Mapping[str, Any]

    def to_json(self) -> str:
        return _ADAPTER.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "DaemonSpec":
        """Read what `to_json` wrote.

        Raises:
            pydantic.ValidationError: another version of Deadfall wrote it.
        """
        return _ADAPTER.validate_json(text)


_ADAPTER = TypeAdapter(DaemonSpec)
