"""A hit of a hunt, and the facts shown for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .kill_switch import Verdict
from .rules import Hunted


@dataclass(frozen=True)
class Hit:
    """A record that matched a rule. For a rule with a threshold: the record that reached it, the count and the
    `group`. `verdict` is the kill switch's, with `--would-contain`."""

    hunted: Hunted
    record: Mapping[str, Any]
    count: int | None = None
    group: Mapping[str, str | None] | None = None
    verdict: Verdict | None = None

    def text(self, *path: str) -> str:
        """Return a string field of the record, or an empty string."""
        value: Any = self.record
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""

    @property
    def caller(self) -> str:
        """The best identification of the caller that the record has."""
        identity = [self.text("userIdentity", key) for key in ("arn", "invokedBy", "principalId", "type")]
        return next(filter(None, identity), "")

    @property
    def account(self) -> str:
        return self.text("recipientAccountId") or self.text("userIdentity", "accountId")

    def facts(self) -> dict[str, Any]:
        """Return the facts to display. Everything from `time` on is text that the caller may have chosen."""
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
