"""Read a rule's examples from `tests/<rule>.json`: events that must match, and events that must not.

A file has a base record, which isn't an example itself, and each example's changes to it (`changes.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from deadfall.patterns.delivered_event import event_of

from .changes import apply_changes


class ExampleError(Exception):
    """An invalid file of examples; the message is one sentence that names the file, the key and the remedy."""


@dataclass(frozen=True)
class Example:
    """An example of events that a rule must match or ignore.

    `events` are whole EventBridge events; only rules with a threshold have several. `case` describes them, `source`
    states where they are from.
    """

    case: str
    source: str
    matches: bool
    events: tuple[Mapping[str, Any], ...]

    @cached_property
    def records(self) -> tuple[Mapping[str, Any], ...]:
        """The input of rules and back ends other than EventBridge: CloudTrail records or findings."""
        return tuple(event["detail"] for event in self.events)


class _Case(BaseModel):
    """One example as in the file: `record`, each of `records`, or `event` are changes to the file's base."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case: str = Field(min_length=1)
    source: str = Field(min_length=1)
    record: dict[str, Any] | None = None
    records: list[dict[str, Any]] | None = Field(default=None, min_length=1)
    event: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "_Case":
        if sum(each is not None for each in (self.record, self.records, self.event)) != 1:
            raise ValueError("needs exactly one of record, records and event")
        return self

    def example(self, base: Mapping[str, Any], *, matches: bool) -> Example:
        """Return the example that results from applying the changes to the base.

        Raises:
            ValueError: the changes can't be applied, or the result isn't a whole event.
        """
        if self.event is not None:
            event = apply_changes(base, self.event)
            if not isinstance(event.get("detail"), dict):
                raise ValueError("event must be a whole EventBridge event, with detail")
            return Example(self.case, self.source, matches, (event,))
        records = [apply_changes(base, changes) for changes in self.records or [self.record or {}]]
        return Example(self.case, self.source, matches, tuple(map(event_of, records)))


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    base: dict[str, Any] = Field(default_factory=dict)
    matches: list[_Case]
    ignores: list[_Case]


def file_of(rule: Path) -> Path:
    """Return the path of the examples for a rule's file."""
    return rule.parent / "tests" / f"{rule.stem}.json"


def examples(rule: Path) -> list[Example]:
    """Return the examples of the rules in a file, those that must match first.

    Raises:
        ExampleError: there are none, or they are invalid.
    """
    file = file_of(rule)
    try:
        read = _File.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise ExampleError(f"{rule.stem}: has no examples; add events that must and must not match to {file}") from None
    except OSError as error:
        raise ExampleError(f"{file}: can't be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(map(str, first["loc"]))
        message = first["msg"].removeprefix("Value error, ")
        raise ExampleError(f"{file}: {f'{path}: ' if path else ''}{message[0].lower()}{message[1:]}") from None
    return [*_examples(file, read, matches=True), *_examples(file, read, matches=False)]


def _examples(file: Path, read: _File, *, matches: bool) -> Iterator[Example]:
    for number, case in enumerate(read.matches if matches else read.ignores):
        try:
            yield case.example(read.base, matches=matches)
        except ValueError as error:
            raise ExampleError(f"{file}: {'matches' if matches else 'ignores'}.{number}: {error}") from None
