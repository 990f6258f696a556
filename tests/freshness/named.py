"""The calls that the shipped rules name."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from deadfall.patterns.condition import Condition, Text
from deadfall.rules import catalog
from deadfall.rules.render_docs import example
from deadfall.rules.sigma.deployment_facts import can_match, named_values, tested_values

_SUFFIX = ".amazonaws.com"
# CloudTrail's names of Lambda's calls end in a version; a rule compares their beginning.
_VERSIONS = ("", "20150331", "20150331v2", "20181031", "20171031")


@dataclass(frozen=True)
class NamedCall:
    """A call that a rule names in full."""

    rule: str
    source: str
    name: str


@cache
def _conditions() -> list[tuple[str, Condition]]:
    config = example()
    return [
        (rule.name, rule.condition)
        for file in catalog.files()
        for rule, _ in catalog.rules_in(file, config)
        if rule.service == "cloudtrail"
    ]


def names_call(source: str, operation: str) -> bool:
    """Return whether a rule names this call, in full or by its beginning, and can match it."""
    return any(
        _holds(condition, operation + version)
        and can_match(condition, {"eventSource": source + _SUFFIX, "eventName": operation + version})
        for _, condition in _conditions()
        for version in _VERSIONS
    )


def _holds(condition: Condition, name: str) -> bool:
    return any(_is_specific(text) and text.holds(name) for text in _tested_texts(condition, "eventName"))


def _tested_texts(condition: Condition, field: str) -> list[Text]:
    return [value for value in tested_values(condition, field) if isinstance(value, Text)]


def _is_specific(text: Text) -> bool:
    return any(part.text for part in text.parts)


def named_calls() -> Iterator[NamedCall]:
    """Return the calls that rules name in full, with the sources with which they can match."""
    for rule, condition in _conditions():
        names = [text.plain for text in _tested_texts(condition, "eventName") if text.plain]
        for source in named_values(condition, "eventSource"):
            for name in dict.fromkeys(names):
                if can_match(condition, {"eventSource": source, "eventName": name}):
                    yield NamedCall(rule, source.removesuffix(_SUFFIX), name)
