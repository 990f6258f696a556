"""The resources that Deadfall creates in one account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from deadfall.config import StackConfig
from deadfall.decoy import Decoy
from deadfall.names import Names
from deadfall.patterns.condition_json import condition_to_json
from deadfall.rules.detection import StackDetection
from deadfall.rules.saved_queries import saved_queries

from .alert_topic import AlertTopic, AlertTopicArgs
from .audit_trail import AuditTrail, AuditTrailArgs
from .component import Component
from .dead_letter_queue import DeadLetterQueue, DeadLetterQueueArgs
from .detection import Detection, DetectionArgs
from .encryption_key import EncryptionKey, EncryptionKeyArgs
from .event_forwarder import EventForwarder, EventForwarderArgs
from .honeytoken import Honeytoken
from .honeytokens import plant
from .hunting import Hunting, HuntingArgs
from .kill_switch import KillSwitch, KillSwitchArgs


@dataclass(frozen=True)
class AccountArgs:
    config: StackConfig
    detections: Sequence[StackDetection]


class Account(Component):
    """Honeytokens, the trail, detections on both paths in every region, the kill switch, topics and keys.

    Attributes:
        operator: names that an operator needs; no secret, and nothing that names a decoy.
        decoys: the planted decoys (kind, name, ARN), as a Pulumi secret.
    """

    operator: dict[str, pulumi.Input[str]]
    decoys: pulumi.Output[list[dict[str, str]]]

    def __init__(self, name: str, args: AccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        config, names = args.config, Names.of(args.config)
        regions, home = config.detection_regions, config.home

        keys = {
            region: EncryptionKey(
                f"key-{region}",
                EncryptionKeyArgs(
                    names=names,
                    region=region,
                    encrypts_trail=region == home and not config.trail.existing,
                    keep=region == home and config.keep_evidence,
                ),
                opts=self.child(),
            )
            for region in regions
        }
        # An alarm can only notify a topic of its own region, so each region has one for its dead letters.
        alerts = {
            region: AlertTopic(
                f"alerts-{region}",
                AlertTopicArgs(
                    names=names,
                    topic=names.alert_topic,
                    region=region,
                    key_arn=keys[region].arn,
                    emails=config.alert_emails,
                ),
                opts=self.child(),
            )
            for region in regions
        }
        alarms = AlertTopic(
            "alarms",
            AlertTopicArgs(
                names=names,
                topic=names.alarm_topic,
                region=home,
                key_arn=keys[home].arn,
                emails=config.alarm_addresses,
            ),
            opts=self.child(),
        )
        dead_letters = {
            region: DeadLetterQueue(
                f"rule-dead-letters-{region}",
                DeadLetterQueueArgs(
                    names=names, queue=names.rule_dead_letters, region=region, topic=alerts[region], from_rules=True
                ),
                opts=self.child(),
            )
            for region in regions
        }
        trail = AuditTrail(
            "trail",
            AuditTrailArgs(names=names, trail=config.trail, key_arn=keys[home].arn, keep_evidence=config.keep_evidence),
            opts=self.child(),
        )
        planted = {decoy: plant(config, decoy, self.child()) for decoy in config.decoys}
        principals = [arn for decoy in config.decoys if (arn := decoy.principal_arn(names))]
        kill_switch = KillSwitch(
            "responder",
            KillSwitchArgs(
                names=names,
                config=config,
                manifest=_manifest(planted, args.detections, principals),
                trail_log_group=trail.log_group,
                alert_topic=alerts[home],
                key_arn=keys[home].arn,
                decoy_principals=tuple(principals),
                rule_dead_letters=dead_letters[home],
            ),
            opts=self.child(),
        )
        forwarder = EventForwarder("forwarder", EventForwarderArgs(names=names), opts=self.child())
        for detection in args.detections:
            Detection(
                detection.id,
                DetectionArgs(
                    names=names,
                    detection=detection,
                    trail=trail,
                    kill_switch=kill_switch,
                    alarm_topic=alarms,
                    forwarder=forwarder,
                    dead_letters=dead_letters,
                ),
                opts=self.child(),
            )
        if config.hunting:
            Hunting(
                "hunting",
                HuntingArgs(
                    names=names,
                    trail=trail,
                    archive_days=config.trail.archive_retention_days,
                    queries=saved_queries(args.detections, config, names.archive_table),
                ),
                opts=self.child(),
            )
        self.operator = {
            "homeRegion": home,
            "responderFunction": names.responder,
            "responderDeadLetters": names.responder_dead_letters,
            "ruleDeadLetters": names.rule_dead_letters,
            "ledgerTable": names.ledger,
            "evidenceBucket": names.evidence_bucket,
            "trailLogGroup": trail.log_group,
            "alertTopicArn": alerts[home].arn,
            "alarmTopicArn": alarms.arn,
        }
        self.decoys = pulumi.Output.secret(
            [
                {"kind": decoy.kind, "name": decoy.decoy_name, "arn": honeytoken.arn}
                for decoy, honeytoken in planted.items()
            ]
        )
        self.register_outputs({})


def _manifest(
    planted: Mapping[Decoy, Honeytoken], watched: Sequence[StackDetection], principals: Sequence[str]
) -> pulumi.Output[str]:
    """Return the manifest of the responder as JSON text (responders/kill_switch/manifest.py)."""
    return pulumi.Output.json_dumps(
        {
            "detections": {each.id: _described(each, planted) for each in watched},
            "decoy_principals": principals,
        }
    )


def _described(detection: StackDetection, planted: Mapping[Decoy, Honeytoken]) -> dict[str, object]:
    rule, decoy = detection.rule, detection.decoy
    return {
        "title": detection.title,
        "response": detection.response,
        "level": rule.level,
        "runbook": rule.custom.runbook,
        "count": {
            "groupBy": list(rule.count.group_by),
            "seconds": rule.count.seconds,
            "atLeast": rule.count.at_least,
        }
        if rule.count
        else None,
        "rule": condition_to_json(rule.condition) if decoy or detection.compiled.supersets else None,
        "supersets": list(detection.compiled.supersets),
        "decoy": planted[decoy].described if decoy else None,
    }
