"""Config field types shared by stack config and decoy kinds, with their validation."""

import difflib
import functools
import importlib.resources
import json
import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from .names import PARTITION

# Words that give a decoy away to anyone who lists resources (docs/aws-facts.md, telling-words).
TELLING = re.compile(r"honey|canary|decoy|ghost|trap|bait|fake|deadfall|deception|tripwire|thinkst|spacecrab", re.I)

_LONGEST_QUOTE = 100
_LEAST_SIMILARITY = 0.6


def _check_region(value: str) -> str:
    if value not in partition_regions():
        near = nearest(value, partition_regions()) or "eu-west-1"
        raise ValueError(f"{quoted(value)} is not a region of the AWS partition 'aws'; use one such as {near}")
    return value


@functools.cache
def partition_regions() -> frozenset[str]:
    """Return all regions of the partition."""
    # Read from botocore's file: a session would need the environment's AWS profile, and importing botocore's loader
    # takes 0.2 s.
    file = importlib.resources.files("botocore") / "data" / "partitions.json"
    partitions = {each["id"]: each for each in json.loads(file.read_text())["partitions"]}
    return frozenset(partitions[PARTITION]["regions"]) - {f"{PARTITION}-global"}


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that a misspelt one most likely means, if there is one."""
    ratios = {each: _similarity(word[:100], each) for each in sorted(known)}
    best = max(ratios, key=lambda each: ratios[each], default="")
    return best if best and ratios[best] >= _LEAST_SIMILARITY else None


def _similarity(one: str, other: str) -> float:
    one, other = one.lower(), other.lower()
    return 1.0 if one.startswith(other) else difflib.SequenceMatcher(None, one, other).ratio()


def quoted(value: str) -> str:
    """Return a value in quotes for a message: on one line, and shortened if it is long."""
    text = " ".join(value.split())
    return f"'{text if len(text) <= _LONGEST_QUOTE else f'{text[: _LONGEST_QUOTE - 3]}...'}'"


def text_in_form(pattern: str, form: str) -> AfterValidator:
    """Demand that a text matches a regular expression; the message describes it in words, such as "a name of a-z"."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(
                f"{quoted(value)} has the wrong form; write {form}" if value else f"is empty; write {form}"
            )
        return value

    return AfterValidator(check)


def check_neutral(value: str) -> str:
    """Return the value; raise ValueError if a word in it reveals a decoy."""
    if word := TELLING.search(value):
        raise ValueError(f"{quoted(value)} reveals a decoy ('{word[0]}'); use the name that a real resource would have")
    return value


Region = Annotated[str, AfterValidator(_check_region)]
Neutral = Annotated[str, AfterValidator(check_neutral)]


class Model(BaseModel):
    """A frozen model with camelCase keys that rejects unknown keys."""

    # defer_build: build the validator once, for the model that is validated, not for each nested model at import.
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True, defer_build=True
    )
