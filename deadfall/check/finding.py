"""What a check reports."""

from dataclasses import dataclass
from typing import Literal

Part = Literal["config", "rules", "coverage", "guardrails"]


@dataclass(frozen=True)
class Finding:
    """One mistake or warning, in one sentence.

    `where` is a file with a line, if one is known; `key` is the config key, rule or guardrail. A warning does not keep
    a stack from being deployed.
    """

    part: Part
    where: str
    key: str
    message: str
    is_warning: bool = False

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        subject = f"{self.key}: " if self.key else ""
        return f"{'warning' if self.is_warning else 'error'}: {place}{subject}{self.message}"
