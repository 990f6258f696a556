"""What Deadfall knows of one Sigma rule."""

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
        raise PydanticCustomError("kind", f"there is no such kind of decoy; use {choices}")  # type: ignore[arg-type]
    return kind


def _back_end(name: str) -> str:
    if name not in NAMES:
        raise PydanticCustomError("back_end", f"there is no such back end; use {', '.join(NAMES)}")  # type: ignore[arg-type]
    return name


class ResponseSpec(BaseModel):
    """The block `deadfall:` of a rule: what Deadfall does about a hit. Sigma leaves keys of their own to tools.

    `response`: observe (keep it), alert (tell people), contain (the principal).
    `level` is Deadfall's own instead of Sigma's. `runbook` is what an analyst does: a URL, or a path in docs/.
    `decoy` makes one detection of the rule for each decoy of that kind. `resource` is what the AWS resources of the
    detection are called, where the file's name would give a decoy away. `gaps` are the back ends that can't say what
    the rule asks, each with the reason: no detection is left out without being named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    response: Response = "alert"
    level: Level | None = None
    runbook: str | None = Field(default=None, min_length=1)
    decoy: Annotated[str, AfterValidator(_check_kind)] | None = None
    resource: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9-]{0,39}$")
    gaps: Mapping[Annotated[str, AfterValidator(_back_end)], str] = {}


class Cis(BaseModel):
    """The block `cis:` of a rule: a control on metric filters whose checkers compare the filter to the letter.

    `control` is Security Hub's, such as CloudWatch.4, if it has one for the section; `section` is that of the CIS AWS
    Foundations Benchmark, such as 4.4; `filter` is the text that Security Hub and Prowler look for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    control: str | None = Field(default=None, pattern=r"^CloudWatch\.\d+$")
    section: str = Field(pattern=r"^\d+\.\d+$")
    filter: str = Field(min_length=1)


@dataclass(frozen=True)
class Count:
    """A rule that holds for several events together: a Sigma correlation.

    Within `seconds` there are at least `at_least` events that have the same values of `group_by`.
    """

    at_least: int
    seconds: int
    group_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One Sigma rule on CloudTrail records, or on GuardDuty findings.

    `name` is the file's, without ending, by which people call it.
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
