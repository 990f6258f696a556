"""Physical names and ARNs, composed from config.

Names are composed rather than read from outputs, so that policy documents and event patterns are complete JSON in every
preview. No name reveals its purpose: listing the account's resources must not reveal the decoys.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .config import StackConfig

PARTITION = "aws"
GLOBAL_REGION = "us-east-1"  # where IAM, global STS and root sign-in events appear (docs/aws-facts.md)


RESERVED_NAMES = (
    *("alarm-change", "rule-dead-letters", "responder-dead-letters"),
    *(f"responder-{what}" for what in ("errors", "throttles", "not-contained", "not-told")),
)
"""What rules and alarms other than those of detections are called, after the prefix."""


@dataclass(frozen=True)
class Names:
    """All names of one stack. Where a method has no `region` argument, names are in the home region."""

    account_id: str
    home: str
    prefix: str

    @classmethod
    def of(cls, config: "StackConfig") -> "Names":
        return cls(config.account_id, config.home, config.prefix)

    def arn(self, service: str, resource: str, region: str | None = None) -> str:
        """Return the ARN of a regional resource of this account, by default in the home region."""
        return f"arn:{PARTITION}:{service}:{region or self.home}:{self.account_id}:{resource}"

    def iam_arn(self, resource: str) -> str:
        return f"arn:{PARTITION}:iam::{self.account_id}:{resource}"

    @property
    def trail(self) -> str:
        return f"{self.prefix}-trail"

    @property
    def trail_arn(self) -> str:
        return self.arn("cloudtrail", f"trail/{self.trail}")

    @property
    def trail_bucket(self) -> str:
        return f"{self.prefix}-trail-{self.account_id}-{self.home}"

    @property
    def trail_log_group(self) -> str:
        return f"/{self.prefix}/trail"

    @property
    def trail_role(self) -> str:
        return f"{self.prefix}-trail-logs"

    @property
    def evidence_bucket(self) -> str:
        return f"{self.prefix}-evidence-{self.account_id}-{self.home}"

    @property
    def responder(self) -> str:
        """The name of the responder's function and role, and the prefix of related resources."""
        return f"{self.prefix}-responder"

    @property
    def responder_arn(self) -> str:
        return self.arn("lambda", f"function:{self.responder}")

    @property
    def responder_log_group(self) -> str:
        return f"/aws/lambda/{self.responder}"

    @property
    def responder_dead_letters(self) -> str:
        return f"{self.responder}-dead-letters"

    @property
    def rule_dead_letters(self) -> str:
        """The queue, in every region, of events that a rule could not deliver to its target."""
        return f"{self.prefix}-rule-dead-letters"

    @property
    def quarantine_policy(self) -> str:
        """The name of the responder's inline policies; policies on single sessions have a suffix."""
        return f"{self.prefix}-quarantine"

    @property
    def ledger(self) -> str:
        return f"{self.prefix}-ledger"

    @property
    def alert_topic(self) -> str:
        return f"{self.prefix}-alerts"

    @property
    def alarm_topic(self) -> str:
        return f"{self.prefix}-alarms"

    @property
    def file_topic(self) -> str:
        """The topic to which the trail announces every log file that it delivers."""
        return f"{self.prefix}-trail-files"

    @property
    def key_alias(self) -> str:
        return f"alias/{self.prefix}"

    @property
    def forwarder_role(self) -> str:
        return f"{self.prefix}-forwarder"

    @property
    def home_bus_arn(self) -> str:
        return self.arn("events", "event-bus/default")

    @property
    def detection_metrics(self) -> str:
        """The CloudWatch namespace of the metric filters."""
        return f"{self.prefix}/detections"

    @property
    def superset_metrics(self) -> str:
        """The CloudWatch namespace of the metric filters that match more than their rule."""
        return f"{self.prefix}/supersets"

    @property
    def benchmark_metrics(self) -> str:
        """The CloudWatch namespace of the filters that a benchmark requires."""
        return f"{self.prefix}/cis"

    @property
    def responder_metrics(self) -> str:
        return f"{self.prefix}/responder"

    @property
    def workgroup(self) -> str:
        """The Athena workgroup for queries over the trail's archive."""
        return f"{self.prefix}-queries"

    @property
    def archive_database(self) -> str:
        """The data catalog database; without hyphens, which Athena accepts only in quotes."""
        return self.prefix.replace("-", "_")

    @property
    def archive_table(self) -> str:
        return "cloudtrail_logs"

    def detection(self, rule_id: str) -> str:
        """Return the name of a detection's rules, metric filter, alarm and saved queries."""
        return f"{self.prefix}-{rule_id}"


def rule_key(seed: str, *identity: str) -> str:
    """Return six hex digits that distinguish the rules of one decoy from those of another.

    The hash is keyed with the stack's seed: from a plain hash, a caller who can list alarms and secrets could determine
    which secret an alarm is about.
    """
    return hmac.new(seed.encode(), "\0".join(identity).encode(), hashlib.sha256).hexdigest()[:6]
