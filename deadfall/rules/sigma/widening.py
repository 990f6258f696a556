"""Supersets: queries that match more than their rule because AWS can't express all of it.

A rule's condition in normal form only grows if a test in it is left out. So a back end may leave out what it can't
express, states each such test in one sentence, and the responder evaluates the whole rule on every event that matches
(responders/kill_switch/decoy_match.py). The extra events must be few: each alternative of the rule must still name its
events.
"""

from deadfall.patterns.condition import ANY, Text

from .canonical import known_event_names
from .rule import Service

_NAMED: dict[Service, tuple[str, str]] = {
    "cloudtrail": ("eventSource and eventName", "calls"),
    "guardduty": ("type", "findings"),
}


def names_a_call(field: str, text: Text) -> bool:
    """Return whether a text of eventSource or eventName means a single service or call.

    Some services append a version to the names of their calls, as in UpdateFunctionConfiguration20150331v2, so the name
    of a call with a star after it does too.
    """
    if text.plain is not None:
        return True
    beginning = Text(text.parts[:-1]).plain
    return field == "eventName" and text.parts[-1].wildcard == ANY and beginning in known_event_names()


class LimitError(Exception):
    """A back end can't express part of a rule.

    Args:
        limit: the clause that names the field and what AWS can't do.
        remedy: the clause that says what to change in the rule.
    """

    def __init__(self, limit: str, remedy: str) -> None:
        super().__init__(f"{limit}; {remedy}")
        self.limit = limit
        self.remedy = remedy


class MistakeError(LimitError):
    """A test that no record passes, probably by mistake; it is never left out."""


class Widenings:
    """The parts of a rule that a back end leaves out, in the order in which it meets them."""

    def __init__(self) -> None:
        self._errors: dict[str, LimitError] = {}

    def __bool__(self) -> bool:
        return bool(self._errors)

    def leave_out(self, error: LimitError) -> None:
        """Record a part that is left out.

        Raises:
            MistakeError: that is the error.
        """
        if isinstance(error, MistakeError):
            raise error
        self._errors.setdefault(error.limit, error)

    def refusal(self, service: Service) -> LimitError:
        """Return the error for a rule with an alternative that doesn't name its events: it would match too much."""
        first = next(iter(self._errors.values()))
        fields, events = _NAMED[service]
        return LimitError(
            f"{first.limit}, and leaving that out would match {events} that the rule doesn't name",
            f"{first.remedy}, or name {fields} in every alternative",
        )

    def sentences(self, query: str) -> tuple[str, ...]:
        """Return one sentence for each part left out; `query` is the noun for the back end's queries."""
        return tuple(
            f"{limit}, so the {query} matches more, and the responder checks the rest" for limit in self._errors
        )
