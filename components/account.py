"""Everything that Deadfall puts into one account."""

from dataclasses import dataclass

import pulumi

from deadfall.config import StackConfig
from deadfall.names import Names
from deadfall.rules.account import root_use, trail_tampering
from deadfall.rules.detection_rule import DetectionRule
from deadfall.rules.organization_trail import of_account

from .alert_topic import AlertTopic, AlertTopicArgs
from .audit_trail import AuditTrail, AuditTrailArgs
from .component import Component
from .dead_letter_queue import DeadLetterQueue, DeadLetterQueueArgs
from .detection import Detection, DetectionArgs
from .encryption_key import EncryptionKey, EncryptionKeyArgs
from .event_forwarder import EventForwarder, EventForwarderArgs
from .honeytokens import Planted, plant
from .kill_switch import KillSwitch, KillSwitchArgs


@dataclass(frozen=True)
class AccountArgs:
    config: StackConfig


class Account(Component):
    """Bait (honeytokens), trigger (trail, detections on both paths in every region), drop (kill switch), people told.

    Attributes:
        operator: what an operator needs to find things; no secret, and nothing that names a decoy.
        decoys: which decoys there are, as a secret.
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
        # An alarm can only tell a topic of its own region, so each region has one for its dead letters.
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
        planted = [plant(config, names, decoy, self.child()) for decoy in config.decoys]
        account_rules = [root_use(regions), trail_tampering(regions)]
        kill_switch = KillSwitch(
            "responder",
            KillSwitchArgs(
                names=names,
                config=config,
                manifest=_manifest(planted, account_rules),
                trail_log_group=trail.log_group,
                alert_topic=alerts[home],
                key_arn=keys[home].arn,
                decoy_principals=tuple(names.user_arn(decoy) for decoy in config.access_keys),
                rule_dead_letters=dead_letters[home],
            ),
            opts=self.child(),
        )
        forwarder = EventForwarder("forwarder", EventForwarderArgs(names=names), opts=self.child())
        rules = [*account_rules, *(rule for decoy in planted for rule in decoy.rules)]
        if config.trail.existing and config.trail.existing.organization:
            rules = [of_account(rule, config.account_id) for rule in rules]
        for rule in rules:
            Detection(
                rule.id,
                DetectionArgs(
                    names=names,
                    rule=rule,
                    trail=trail,
                    kill_switch=kill_switch,
                    alarm_topic=alarms,
                    forwarder=forwarder,
                    dead_letters=dead_letters,
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
        self.decoys = pulumi.Output.secret([{"kind": d.kind, "name": d.name, "arn": d.arn} for d in planted])
        self.register_outputs({})


def _manifest(planted: list[Planted], account_rules: list[DetectionRule]) -> pulumi.Output[str]:
    """What the responder knows of the detections: see responders/kill_switch/manifest.py."""
    detections: dict[str, object] = {
        rule.id: {"title": rule.title, "response": rule.response, "decoy": None} for rule in account_rules
    }
    for decoy in planted:
        for rule in decoy.rules:
            detections[rule.id] = {
                "title": rule.title,
                "response": rule.response,
                "decoy": {"kind": decoy.kind, "name": decoy.name, "arn": decoy.arn, "region": decoy.region},
            }
    principals = [decoy.principal_arn for decoy in planted if decoy.principal_arn]
    return pulumi.Output.json_dumps({"detections": detections, "decoy_principals": principals})
