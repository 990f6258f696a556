"""The resources of one detection on both paths."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.names import Names
from deadfall.rules.detection import StackDetection
from deadfall.rules.sigma.event_bridge.patterns import pattern_text

from .alarm import alarm
from .alert_topic import AlertTopic
from .audit_trail import AuditTrail
from .component import Component
from .dead_letter_queue import DeadLetterQueue
from .event_delivery import RETRY
from .event_forwarder import EventForwarder
from .kill_switch import KillSwitch

# Read-only management events reach only rules in this state (EventBridge user guide, "Receiving read-only management
# events from AWS services"). The default, ENABLED, would make a rule on GetSecretValue dead.
WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


@dataclass(frozen=True)
class DetectionArgs:
    """`dead_letters` maps regions to queues."""

    names: Names
    detection: StackDetection
    trail: AuditTrail
    kill_switch: KillSwitch
    alarm_topic: AlertTopic
    forwarder: EventForwarder
    dead_letters: dict[str, DeadLetterQueue]


class Detection(Component):
    """EventBridge rules for the event path; metric filters and an alarm for the log path.

    Event path: rules in every region where the event can appear. Other regions forward to the home region's bus, where
    the same rules invoke the kill switch. Log path: the alarm notifies a topic, and its state change invokes the kill
    switch (see KillSwitch). A rule that exceeds the length of one pattern has several. The alarm of filters that match
    more than their rule notifies nobody by itself, since the responder first evaluates the rule.
    """

    def __init__(self, name: str, args: DetectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        patterns = args.detection.compiled.event_patterns
        for number, pattern in enumerate(map(pattern_text, patterns), 1):
            self._path_e(_numbered(name, number), pattern, args)
        self._path_l(name, args)
        self.register_outputs({})

    def _path_e(self, name: str, pattern: str, args: DetectionArgs) -> None:
        names = args.names
        for region in dict.fromkeys((*args.detection.regions, names.home)):
            event_rule = aws.cloudwatch.EventRule(
                f"{name}-{region}",
                name=names.detection(name),
                event_pattern=pattern,
                state=WITH_READS if args.detection.compiled.matches_reads else "ENABLED",
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
                    # The responder needs the detection's id beside the unchanged event.
                    input_transformer={
                        "input_template": f'{{"detection": "{args.detection.id}", "event": <aws.events.event.json>}}'
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
        compiled, names = args.detection.compiled, args.names
        if compiled.filter_patterns:
            feeding = {_numbered(name, number): text for number, text in enumerate(compiled.filter_patterns, 1)}
            if "L" in compiled.supersets:
                self._alarm(name, names.superset_metrics, feeding, None, args)
            else:
                self._alarm(name, names.detection_metrics, feeding, args.alarm_topic, args)
        # The exact filter of a benchmark matches more than the rule, deployments included. So it has its own alarm,
        # which sends mail and does not invoke the responder.
        if compiled.exact_filter:
            feeding = {f"{name}-cis": compiled.exact_filter}
            self._alarm(f"{name}-cis", names.benchmark_metrics, feeding, args.alarm_topic, args)

    def _alarm(
        self, metric: str, namespace: str, feeding: dict[str, str], topic: AlertTopic | None, args: DetectionArgs
    ) -> None:
        """Create one metric, the filters that feed it, and its alarm."""
        names, count = args.names, args.detection.rule.count
        filters = [
            aws.cloudwatch.LogMetricFilter(
                name,
                name=names.detection(name),
                log_group_name=args.trail.log_group,
                pattern=pattern,
                # No default value: without matches the metric must have no data, not zeros that hide a dead filter.
                metric_transformation={"namespace": namespace, "name": metric, "value": "1"},
                region=names.home,
                opts=self.child(depends_on=args.trail.ready),
            )
            for name, pattern in feeding.items()
        ]
        alarm(
            metric,
            called=names.detection(metric),
            namespace=namespace,
            metric=metric,
            topic=topic,
            threshold=count.at_least if count else 1,
            seconds=count.seconds if count else 60,
            region=names.home,
            opts=self.child(depends_on=filters),
        )


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
