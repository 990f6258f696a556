"""Physical names and ARNs, composed from config.

Composed, never read from outputs, so that policy documents and event patterns are real JSON in every preview (design,
decision 9). No name says what it is part of: whoever lists the account's resources must not learn of decoys.
"""

import hashlib
import hmac
from dataclasses import dataclass

from .config import PARTITION, AccessKeyDecoy, SecretDecoy, StackConfig


@dataclass(frozen=True)
class Names:
    """Every name that one stack uses; `region` is the home region where a method doesn't ask for one."""

    account_id: str
    home: str
    prefix: str

    @classmethod
    def of(cls, config: StackConfig) -> "Names":
        return cls(config.account_id, config.home, config.prefix)

    def arn(self, service: str, resource: str, region: str | None = None) -> str:
        """The ARN of a regional resource of this account."""
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
        """The function, its role, and what belongs to them."""
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
        """In every region: events that a rule could not hand to its target."""
        return f"{self.prefix}-rule-dead-letters"

    @property
    def quarantine_policy(self) -> str:
        """The responder's inline policies are called so; those on single sessions have more appended."""
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
        """Told of every log file that the trail delivers."""
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
    def benchmark_metrics(self) -> str:
        """The namespace of filters that the checkers of a benchmark look for."""
        return f"{self.prefix}/cis"

    @property
    def responder_metrics(self) -> str:
        return f"{self.prefix}/responder"

    @property
    def workgroup(self) -> str:
        """Athena's, for queries over the trail's archive."""
        return f"{self.prefix}-queries"

    @property
    def archive_database(self) -> str:
        """A database of the data catalog: Athena takes no hyphens in its name without quotes."""
        return self.prefix.replace("-", "_")

    @property
    def archive_table(self) -> str:
        return "cloudtrail_logs"

    def detection(self, rule_id: str) -> str:
        """The name of a detection's rules, its metric filter, its alarm and its saved queries."""
        return f"{self.prefix}-{rule_id}"

    def secret_partial_arn(self, decoy: SecretDecoy) -> str:
        """A secret's ARN without the random suffix that Secrets Manager appends."""
        return self.arn("secretsmanager", f"secret:{decoy.name}", decoy.region)

    def user_arn(self, decoy: AccessKeyDecoy) -> str:
        return self.iam_arn(f"user/{decoy.user_name}")


def rule_key(seed: str, *identity: str) -> str:
    """Six hex digits that tell the rules of one decoy from those of another. Keyed with the stack's seed: from a plain
    hash, whoever can list alarms and secrets could find out which secret an alarm is about."""
    return hmac.new(seed.encode(), "\0".join(identity).encode(), hashlib.sha256).hexdigest()[:6]
