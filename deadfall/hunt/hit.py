"""What a hunt found, in the words in which it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .kill_switch import Verdict
from .rules import Hunted


@dataclass(frozen=True)
class Hit:
    """A record for which a rule holds. For a rule that counts: the record with which the count was reached, the count,
    and among which `group`. `verdict` is the kill switch's, if it was asked."""

    hunted: Hunted
    record: Mapping[str, Any]
    count: int | None = None
    group: Mapping[str, str | None] | None = None
    verdict: Verdict | None = None

    def text(self, *path: str) -> str:
        """A text of the record; empty where there is none."""
        value: Any = self.record
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""

    @property
    def caller(self) -> str:
        """Who made the call, as well as the record says it."""
        identity = [self.text("userIdentity", key) for key in ("arn", "invokedBy", "principalId", "type")]
        return next(filter(None, identity), "")

    @property
    def account(self) -> str:
        return self.text("recipientAccountId") or self.text("userIdentity", "accountId")

    def facts(self) -> dict[str, Any]:
        """What an analyst reads first. Everything from `time` on is text that the caller may have chosen."""
        facts: dict[str, Any] = {
            "rule": self.hunted.rule.name,
            "title": self.hunted.title,
            "level": self.hunted.rule.level,
            "time": self.text("eventTime"),
            "account": self.account,
            "region": self.text("awsRegion"),
            "event_source": self.text("eventSource"),
            "event_name": self.text("eventName"),
            "error_code": self.text("errorCode"),
            "caller": self.caller,
            "source_ip": self.text("sourceIPAddress"),
            "user_agent": self.text("userAgent"),
            "event_id": self.text("eventID"),
        }
        if self.count is not None:
            facts |= {"count": self.count, "group": dict(self.group or {})}
        if self.verdict is not None:
            facts |= {
                "outcome": self.verdict.outcome,
                "reason": self.verdict.reason,
                "actions": list(self.verdict.actions),
            }
        return facts
