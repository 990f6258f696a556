"""What the starter of a lab hands to its process: plain data, passed as JSON."""

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
        documents: the stack's documents that the process returns with its journal.
        shown: facts about the stack that the process returns with its own.
        fixed: values that must not change while the lab runs, by the config key that a message names.
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
            pydantic.ValidationError: it is another version's.
        """
        return _ADAPTER.validate_json(text)


_ADAPTER = TypeAdapter(DaemonSpec)
