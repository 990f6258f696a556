"""Find event sources and names that CloudTrail never records together, or that the trail doesn't record."""

import functools
from collections.abc import Iterable, Iterator, Sequence

from deadfall.config import Trail
from deadfall.patterns.condition import Regex, Test, Text, Value, split_path

from ..sigma.aws_api import (
    LAMBDA_NAMES,
    S3_ACTIONS,
    S3_NAMES,
    VERSIONED_SOURCES,
    VERSIONS,
    event_names,
    has_unmodelled_events,
    models_version,
    parameters,
    sources_by_event_name,
    without_version,
)
from ..sigma.record_fields import FIELDS
from .alternatives import Alternative
from .recorded_events import unrecorded_event, unrecorded_kind
from .wording import did_you_mean, nearest, written

_NO_API_CALLS = ("AwsServiceEvent", "AwsConsoleAction", "AwsConsoleSignIn", "AwsConsoleSignin", "AwsVpceEvent")
_IGNORE = "ignore this if it is an event without a public API call"
_MOST_LISTED = 3
_SIGN_IN = "signin.amazonaws.com"
# In records, although no model has them: docs/aws-facts.md, record-parameter-names.
_OTHER_PARAMETERS = frozenset({"monitorMode", "originSequenceNumber", "interactive", "incomingTransitiveTags"})


class Events:
    """The events that one alternative of a rule admits."""

    def __init__(self, alternative: Alternative, trail: Trail) -> None:
        self._trail = trail
        self._sources = _tests(alternative, "eventSource")
        self._names = _tests(alternative, "eventName")
        self._types = [test for choice in _tests(alternative, "eventType") for test in choice]

    def problem(self, test: Test) -> str | None:
        """Return why no recorded event passes the test, with the remedy; None if one may."""
        match test:
            case Test(field="eventSource", value=Text() | Regex() as value):
                return source_problem(value) or self._source_unrecorded(value)
            case Test(field="eventName", value=Text() | Regex() as value):
                return self._name_problem(value)
            case Test(field="eventCategory" | "eventType", value=Text(plain=str(plain))):
                return unrecorded_kind(self._trail, plain)
        return None

    def field_problem(self, field: str) -> str | None:
        """Return why the events' records have no such request parameter, with the remedy; None if they may have it."""
        return self._parameter_problem(field) if field.startswith("requestParameters.") else None

    def conflict(self) -> str | None:
        """Return why no known event name passes all tests of it, though two by two they may; None if one does.

        A pattern with a digit may be about a version, which most known names lack.
        """
        tests = [test for choice in self._names for test in choice]
        written_out = "".join(_plain(test.value) for test in tests if isinstance(test.value, Text | Regex))
        if len(self._names) < 2 or any(character.isdigit() for character in written_out):
            return None
        if self._may_be_no_api_call() or any(map(has_unmodelled_events, self._admitted_sources or ())):
            return None
        names = {name for test in self._names[0] for _, name in _events(test.value)}
        if not names or any(
            all(any(test.value.holds(name) for test in choice) for choice in self._names) for name in names
        ):
            return None
        return "no known event name meets all conditions on eventName; list the names that you mean"

    def _source_unrecorded(self, value: Text | Regex) -> str | None:
        if self._names:
            return None
        sources = [source for source in event_names() if source in _sources(value)]
        reasons = [unrecorded_event(self._trail, source, "") for source in sources]
        return reasons[0] if reasons and all(reasons) else None

    def _name_problem(self, value: Text | Regex) -> str | None:
        if self._may_be_no_api_call():
            return None
        sources = self._admitted_sources
        matching = _events(value)
        admitted = [event for event in matching if sources is None or event[0] in sources]
        if admitted:
            reasons = [unrecorded_event(self._trail, *event) for event in admitted]
            return reasons[0] if all(reasons) else self._renamed(value, admitted)
        if sources == []:
            return None  # the tests of eventSource contradict each other
        if sources and any(map(has_unmodelled_events, sources)):
            return _misspelt_sign_in(value) if sources == [_SIGN_IN] else None
        if sources == ["s3.amazonaws.com"] and (name := S3_ACTIONS.get(_plain(value))):
            return f"{_plain(value)} is an action of IAM policies, and CloudTrail writes {name}; did you mean {name}?"
        if matching:
            others, here = _listed(source for source, _ in matching), _listed(sources or ())
            return f"{_plain(value)} is an event of {others}, not of {here}; correct one of them"
        return None if self._names_unknown_source() else _unknown(value, sources)

    def _renamed(self, value: Text | Regex, admitted: Iterable[tuple[str, str]]) -> str | None:
        """Return the name in records of an operation that CloudTrail renames, unless the rule has it as well."""
        if not isinstance(value, Text) or value.plain is None:
            return None
        tables = {"lambda.amazonaws.com": LAMBDA_NAMES, "s3.amazonaws.com": S3_NAMES}
        renamed = {
            tables.get(source, {}).get(name) if name.lower() == value.plain.lower() else None
            for source, name in admitted
        }
        if None in renamed or not renamed:
            return None
        (recorded, *_) = sorted(str(name) for name in renamed)
        if any(test.value.holds(recorded) for choice in self._names for test in choice):
            return None
        return f"CloudTrail writes {value.plain} as {recorded}; did you mean {recorded}?"

    def _parameter_problem(self, field: str) -> str | None:
        _, name, *_ = split_path(field)
        known: set[str] = set()
        events = self._named_events
        for event in events:
            keys = parameters(*event)
            if keys is None:
                return None
            known |= keys
        if not events or name in known | _OTHER_PARAMETERS:
            return None
        lower = {key.lower(): key for key in known}
        if name.lower() in lower:
            correct = f"requestParameters.{lower[name.lower()]}"
            return (
                f"CloudTrail writes {correct}, and names are case-sensitive; correct it" if correct in FIELDS else None
            )
        names = _listed({event for _, event in events})
        remedy = did_you_mean(name, known, f"known are {', '.join(sorted(known)) or 'none'}", cutoff=0.6)
        return f"{models_version()} has no parameter {name} of {names}; {remedy}"

    @functools.cached_property
    def _named_events(self) -> set[tuple[str, str]]:
        """Return the events that the alternative names; none if it also admits others."""
        if not self._names or any(_text(test) is None for choice in self._names for test in choice):
            return set()
        sources = self._admitted_sources
        events = {
            event for test in self._names[0] for event in _events(test.value) if sources is None or event[0] in sources
        }
        named = {name.lower() for _, name in events}
        complete = all(without_version(str(_text(test))).lower() in named for test in self._names[0])
        return events if complete else set()

    @functools.cached_property
    def _admitted_sources(self) -> list[str] | None:
        """Return the known event sources that the alternative admits; None if it admits any, or unknown ones."""
        if not self._sources or self._names_unknown_source():
            return None
        choices = [frozenset().union(*(_sources(test.value) for test in choice)) for choice in self._sources]
        return [source for source in event_names() if all(source in choice for choice in choices)]

    def _may_be_no_api_call(self) -> bool:
        return any(test.value.holds(known) for test in self._types for known in _NO_API_CALLS)

    def _names_unknown_source(self) -> bool:
        return any(not _sources(test.value) for choice in self._sources for test in choice)


def source_problem(value: Text | Regex) -> str | None:
    """Return why there is no such event source, with the remedy; None if there is."""
    known = event_names().keys()
    if any(value.holds(source) for source in known):
        return None
    plain = value.plain if isinstance(value, Text) else None
    if plain is None:
        return f"no known event source matches {written(value)}; correct it"
    if f"{plain.lower()}.amazonaws.com" in known:
        return f"event sources end in .amazonaws.com; did you mean {plain.lower()}.amazonaws.com?"
    if not plain.endswith(".amazonaws.com"):
        return (
            f"event sources end in .amazonaws.com; {did_you_mean(f'{plain}.amazonaws.com', known, 'correct it', 0.85)}"
        )
    remedy = did_you_mean(plain, known, "ignore this if records have it", cutoff=0.88)
    return f"{models_version()} has no service with the event source {plain}; {remedy}"


def name_problem(value: Text | Regex) -> str | None:
    """Return why no service has such an event, with the remedy; None if one may."""
    return None if _events(value) else _unknown(value, None)


def _unknown(value: Text | Regex, sources: Sequence[str] | None) -> str:
    known = {name for source in sources or event_names() for name in event_names()[source]}
    of = f" of {_listed(sources)}" if sources else ""
    near = nearest("".join(part.text for part in value.parts), known, 0.8) if isinstance(value, Text) else None
    remedy = f"did you mean {near}? ({_IGNORE})" if near else _IGNORE
    return f"{models_version()} has no operation {_plain(value)}{of}; {remedy}"


def _misspelt_sign_in(value: Text | Regex) -> str | None:
    """Return a problem only if the name is nearly that of a known event: no model lists them all."""
    if not isinstance(value, Text) or value.plain is None:
        return None
    near = nearest(value.plain, event_names()[_SIGN_IN], cutoff=0.85)
    return f"{value.plain} is no known event of {_SIGN_IN}; did you mean {near}?" if near else None


@functools.lru_cache(maxsize=4096)
def _sources(value: Value) -> frozenset[str]:
    """Return the known event sources that the value matches."""
    return frozenset(filter(value.holds, event_names()))


@functools.lru_cache(maxsize=4096)
def _events(value: object) -> tuple[tuple[str, str], ...]:
    """Return the known events, as source and name, whose name the value matches."""
    if isinstance(value, Text) and value.plain is not None:
        return tuple(sorted(_named(value.plain, cased=value.cased)))
    if not isinstance(value, Text | Regex):
        return ()
    return tuple(
        (source, name)
        for source, names in sorted(event_names().items())
        for name in sorted(names)
        if value.holds(name) or (source in VERSIONED_SOURCES and any(value.holds(name + end) for end in VERSIONS))
    )


def _named(text: str, *, cased: bool) -> Iterator[tuple[str, str]]:
    for name in {text, without_version(text)}:
        for source, spelling in sources_by_event_name().get(name.lower(), {}).items():
            if not cased or name in event_names()[source]:
                yield source, spelling


def _tests(alternative: Alternative, field: str) -> list[list[Test]]:
    """Return the choices of the alternative that test this field, each only with tests of values."""
    return [
        [test for test in choice if isinstance(test, Test)]
        for choice in alternative
        if all(isinstance(test, Test) and test.field == field for test in choice)
    ]


def _text(test: Test) -> str | None:
    return test.value.plain if isinstance(test.value, Text) else None


def _plain(value: Text | Regex) -> str:
    written_whole = isinstance(value, Text) and value.plain
    return written_whole or written(value)


def _listed(names: Iterable[str]) -> str:
    distinct = sorted(set(names), key=lambda name: (name.count("."), name))
    return ", ".join(distinct[:_MOST_LISTED]) + (", and others" if len(distinct) > _MOST_LISTED else "")
