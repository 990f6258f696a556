"""One Sigma rule as Deadfall uses it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from deadfall.decoys import KINDS
from deadfall.patterns.condition import Condition

from .back_ends import NAMES

Service = Literal["cloudtrail", "guardduty"]
Level = Literal["informational", "low", "medium", "high", "critical"]
Response = Literal["observe", "alert", "contain"]


def _check_kind(kind: str) -> str:
    if kind not in KINDS:
        choices = " or ".join(map(repr, KINDS))
        raise PydanticCustomError("kind", f"no such kind of decoy; use {choices}")  # type: ignore[arg-type]
    return kind


def _back_end(name: str) -> str:
    if name not in NAMES:
        raise PydanticCustomError("back_end", f"no such back end; use {', '.join(NAMES)}")  # type: ignore[arg-type]
    return name


class ResponseSpec(BaseModel):
    """The block `deadfall:` of a rule: how Deadfall responds to a hit. Sigma allows tools to add keys.

    `response`: observe (record it), alert (also notify), contain (also contain the principal).
    `level` replaces Sigma's. `runbook` is a URL, or a path in docs/. `decoy` makes one detection from the rule for each
    decoy of that kind. `resource` names the detection's AWS resources if the file's name would reveal a decoy. `gaps`
    maps each back end that can't express the rule to the reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    response: Response = "alert"
    level: Level | None = None
    runbook: str | None = Field(default=None, min_length=1)
    decoy: Annotated[str, AfterValidator(_check_kind)] | None = None
    resource: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9-]{0,39}$")
    gaps: Mapping[Annotated[str, AfterValidator(_back_end)], str] = {}


class Cis(BaseModel):
    """The block `cis:` of a rule: a control on metric filters whose checkers compare the filter literally.

    `control` is Security Hub's control, such as CloudWatch.4, if it has one; `section` is the section of the CIS AWS
    Foundations Benchmark, such as 4.4; `filter` is the text that Security Hub and Prowler require.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    control: str | None = Field(default=None, pattern=r"^CloudWatch\.\d+$")
    section: str = Field(pattern=r"^\d+\.\d+$")
    filter: str = Field(min_length=1)


@dataclass(frozen=True)
class Count:
    """The threshold of a Sigma correlation: `at_least` events within `seconds` that agree in the `group_by` fields."""

    at_least: int
    seconds: int
    group_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One Sigma rule on CloudTrail records or GuardDuty findings; `name` is the file's, without its extension.

    `departures` are sentences without a subject, such as "has no id; add a UUID": what departs from Sigma's
    specification without changing what the rule matches.
    """

    name: str
    id: str
    title: str
    level: Level
    condition: Condition
    custom: ResponseSpec
    service: Service = "cloudtrail"
    count: Count | None = None
    cis: Cis | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    false_positives: tuple[str, ...] = ()
    unused_selections: tuple[str, ...] = ()
    departures: tuple[str, ...] = ()
