"""One detection on both paths."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.names import Names
from deadfall.rules.detection_rule import DetectionRule

from .alarm import alarm_at_first
from .alert_topic import AlertTopic
from .audit_trail import AuditTrail
from .component import Component
from .dead_letter_queue import DeadLetterQueue
from .event_delivery import RETRY
from .event_forwarder import EventForwarder
from .kill_switch import KillSwitch

# Read-only management events reach a rule in this state alone (EventBridge user guide, "Receiving read-only management
# events from AWS services"). The default, ENABLED, would make a rule on GetSecretValue dead.
WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


@dataclass(frozen=True)
class DetectionArgs:
    """`dead_letters` is by region."""

    names: Names
    rule: DetectionRule
    trail: AuditTrail
    kill_switch: KillSwitch
    alarm_topic: AlertTopic
    forwarder: EventForwarder
    dead_letters: dict[str, DeadLetterQueue]


class Detection(Component):
    """Path E: a rule in every region where the event can appear; other regions forward to the home region's bus, where
    the same rule hands the event to the kill switch. Path L: metric filter, alarm, topic; the alarm's state change
    reaches the kill switch too (see KillSwitch)."""

    def __init__(self, name: str, args: DetectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._path_e(name, args)
        self._path_l(name, args)
        self.register_outputs({})

    def _path_e(self, name: str, args: DetectionArgs) -> None:
        names, rule = args.names, args.rule
        for region in dict.fromkeys((*rule.regions, names.home)):
            event_rule = aws.cloudwatch.EventRule(
                f"{name}-{region}",
                name=names.detection(rule.id),
                event_pattern=json.dumps(rule.event_pattern),
                state=WITH_READS if rule.matches_reads else "ENABLED",
                region=region,
                opts=self.child(),
            )
            dead_letters = args.dead_letters[region]
            if region == names.home:
                aws.cloudwatch.EventTarget(
                    f"{name}-{region}",
                    rule=event_rule.name,
                    target_id="responder",
                    arn=args.kill_switch.function_arn,
                    # Tells the responder which detection saw the event; the event itself stays whole.
                    input_transformer={
                        "input_template": f'{{"detection": "{rule.id}", "event": <aws.events.event.json>}}'
                    },
                    retry_policy=RETRY,
                    dead_letter_config={"arn": dead_letters.arn},
                    region=region,
                    opts=self.child(depends_on=[dead_letters.ready, *args.kill_switch.ready]),
                )
            else:
                aws.cloudwatch.EventTarget(
                    f"{name}-{region}",
                    rule=event_rule.name,
                    target_id="home",
                    arn=names.home_bus_arn,
                    role_arn=args.forwarder.role_arn,
                    retry_policy=RETRY,
                    dead_letter_config={"arn": dead_letters.arn},
                    region=region,
                    opts=self.child(depends_on=[dead_letters.ready, args.forwarder.ready]),
                )

    def _path_l(self, name: str, args: DetectionArgs) -> None:
        names, rule = args.names, args.rule
        metric_filter = aws.cloudwatch.LogMetricFilter(
            name,
            name=names.detection(rule.id),
            log_group_name=args.trail.log_group,
            pattern=rule.filter_pattern,
            # No default value: silence must stay missing data, not a stream of zeros that hides a dead filter.
            metric_transformation={"namespace": names.detection_metrics, "name": rule.id, "value": "1"},
            region=names.home,
            opts=self.child(depends_on=args.trail.ready),
        )
        alarm_at_first(
            name,
            alarm=names.detection(rule.id),
            namespace=names.detection_metrics,
            metric=rule.id,
            topic=args.alarm_topic,
            region=names.home,
            opts=self.child(depends_on=[metric_filter]),
        )
