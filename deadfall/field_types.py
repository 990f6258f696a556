"""Config field types shared by stack config and decoy kinds, with their validation."""

import functools
import importlib.resources
import json
import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from .names import PARTITION

# Words that give a decoy away to anyone who lists resources (docs/aws-facts.md, telling-words).
TELLING = re.compile(r"honey|canary|decoy|ghost|trap|bait|fake|deadfall|deception|tripwire|thinkst|spacecrab", re.I)


def _check_region(value: str) -> str:
    if value not in partition_regions():
        raise ValueError(f"'{value}' is not a region of the AWS partition 'aws'; use one such as eu-west-1")
    return value


@functools.cache
def partition_regions() -> frozenset[str]:
    """Return all regions of the partition."""
    # Read from botocore's file: a session would need the environment's AWS profile, and importing botocore's loader
    # takes 0.2 s.
    file = importlib.resources.files("botocore") / "data" / "partitions.json"
    partitions = {each["id"]: each for each in json.loads(file.read_text())["partitions"]}
    return frozenset(partitions[PARTITION]["regions"]) - {f"{PARTITION}-global"}


def check_neutral(value: str) -> str:
    """Return the value; raise ValueError if a word in it reveals a decoy."""
    if word := TELLING.search(value):
        raise ValueError(f"'{value}' reveals a decoy ('{word[0]}'); use the name that a real resource would have")
    return value


Region = Annotated[str, AfterValidator(_check_region)]
Neutral = Annotated[str, AfterValidator(check_neutral)]


class Model(BaseModel):
    """A frozen model with camelCase keys that rejects unknown keys."""

    # defer_build: build the validator once, for the model that is validated, not for each nested model at import.
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True, defer_build=True
    )
