"""ARNs as guardrails read them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Arn:
    """`resource` is what comes after the account: `rule/x`, or the name of a queue. Region and account may be empty."""

    service: str
    region: str
    account: str
    resource: str


def parse(text: object) -> Arn | None:
    """The parts of an ARN; None if the text is no ARN."""
    parts = str(text).split(":", 5)
    return Arn(parts[2], parts[3], parts[4], parts[5]) if len(parts) == 6 and parts[0] == "arn" else None
