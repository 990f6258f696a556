"""The responder: its Lambda function and the resources that it uses."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.config import StackConfig
from deadfall.names import PARTITION, Names
from responders.kill_switch.permissions import Scope, role_statements

from .alarm import alarm
from .alert_topic import AlertTopic
from .component import Component
from .dead_letter_queue import DeadLetterQueue, DeadLetterQueueArgs
from .event_delivery import RETRY
from .lambda_archive import lambda_archive
from .policy_document import policy_document, trust
from .secure_bucket import SecureBucket, SecureBucketArgs

# Enough for a burst of sightings; EventBridge and Lambda retry the rest for an hour.
RESERVED_CONCURRENCY = 10


@dataclass(frozen=True)
class KillSwitchArgs:
    """`manifest` is JSON text (responders/kill_switch/manifest.py)."""

    names: Names
    config: StackConfig
    manifest: pulumi.Input[str]
    trail_log_group: str
    alert_topic: AlertTopic
    key_arn: pulumi.Input[str]
    decoy_principals: tuple[str, ...]
    rule_dead_letters: DeadLetterQueue


class KillSwitch(Component):
    """The responder, which contains callers that touch a decoy.

    Function (reserved concurrency, dead-letter queue), its role (least privilege, generated from what the actions
    declare, with an explicit deny on itself and on protected principals), ledger (DynamoDB on demand, point-in-time
    recovery), evidence bucket, log group, alarms on its failures, and the rule for the log path's alarms.
    """

    function_arn: str
    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: KillSwitchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        names, config, home = args.names, args.config, args.names.home
        self.function_arn = names.responder_arn
        evidence = SecureBucket(
            f"{name}-evidence",
            SecureBucketArgs(
                bucket=names.evidence_bucket,
                region=home,
                key_arn=args.key_arn,
                retention_days=config.evidence.retention_days,
                keep=config.keep_evidence,
                object_lock=config.evidence_lock,
            ),
            opts=self.child(),
        )
        ledger = aws.dynamodb.Table(
            f"{name}-ledger",
            name=names.ledger,
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            point_in_time_recovery={"enabled": True},
            ttl={"attribute_name": "expires", "enabled": True},  # only counts expire; incidents stay
            server_side_encryption={"enabled": True},
            deletion_protection_enabled=config.keep_evidence,
            region=home,
            opts=self.child(protect=config.keep_evidence),
        )
        log_group = aws.cloudwatch.LogGroup(
            name,
            name=names.responder_log_group,
            retention_in_days=config.evidence.log_retention_days,
            region=home,
            opts=self.child(protect=config.keep_evidence),
        )
        dead_letters = DeadLetterQueue(
            f"{name}-dead-letters",
            DeadLetterQueueArgs(
                names=names, queue=names.responder_dead_letters, region=home, topic=args.alert_topic, from_rules=False
            ),
            opts=self.child(),
        )
        role = aws.iam.Role(
            name, name=names.responder, assume_role_policy=trust("lambda.amazonaws.com"), opts=self.child()
        )
        role_policy = aws.iam.RolePolicy(
            name,
            name="respond",
            role=role.id,
            policy=policy_document(role_statements(_scope(args))),
            opts=self.child(),
        )
        function = aws.lambda_.Function(
            name,
            name=names.responder,
            runtime="python3.13",
            architectures=["arm64"],
            handler="kill_switch.handler.lambda_handler",
            code=lambda_archive(args.manifest),
            role=role.arn,
            memory_size=512,
            timeout=60,
            reserved_concurrent_executions=RESERVED_CONCURRENCY,
            dead_letter_config={"target_arn": dead_letters.arn},
            environment={"variables": _environment(args)},
            region=home,
            opts=self.child(depends_on=[role_policy, log_group, ledger, evidence.ready, dead_letters.ready]),
        )
        retries = aws.lambda_.FunctionEventInvokeConfig(
            name,
            function_name=function.name,
            maximum_event_age_in_seconds=3600,
            maximum_retry_attempts=2,
            region=home,
            opts=self.child(),
        )
        # Only the rules' ARN: EventBridge sends no source account, and a permission that requires one admits nothing
        # (EventBridge user guide, "Troubleshooting": "My rule ran but my Lambda function wasn't invoked").
        permission = aws.lambda_.Permission(
            name,
            statement_id="rules",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="events.amazonaws.com",
            source_arn=names.arn("events", f"rule/{names.prefix}-*"),
            region=home,
            opts=self.child(),
        )
        self.ready = [function, retries, permission]
        self._alarms(name, args)
        self._path_l_rule(name, args)
        self.register_outputs({"functionArn": self.function_arn})

    def _alarms(self, name: str, args: KillSwitchArgs) -> None:
        """Create the alarms on failures of the responder."""
        names = args.names
        for suffix, namespace, metric, dimensions, means in (
            ("errors", "AWS/Lambda", "Errors", {"FunctionName": names.responder}, "The responder failed."),
            ("throttles", "AWS/Lambda", "Throttles", {"FunctionName": names.responder}, "The responder was throttled."),
            ("not-contained", names.responder_metrics, "ContainmentFailed", None, "A principal was not contained."),
            ("not-told", names.responder_metrics, "AlertFailed", None, "An alert could not be sent."),
        ):
            alarm(
                f"{name}-{suffix}",
                called=f"{names.responder}-{suffix}",
                description=f"{means} See its log group.",
                namespace=namespace,
                metric=metric,
                dimensions=dimensions,
                topic=args.alert_topic,
                region=names.home,
                opts=self.child(),
            )

    def _path_l_rule(self, name: str, args: KillSwitchArgs) -> None:
        """Create the rule that invokes the responder when a detection's alarm changes state.

        Not by SNS: the state change event has time and reason, retries and a dead-letter queue.
        """
        names = args.names
        rule = aws.cloudwatch.EventRule(
            f"{name}-alarm-change",
            name=names.detection("alarm-change"),
            event_pattern=json.dumps(
                {
                    "source": ["aws.cloudwatch"],
                    "detail-type": ["CloudWatch Alarm State Change"],
                    "detail": {
                        "state": {"value": ["ALARM"]},
                        "configuration": {
                            "metrics": {
                                "metricStat": {
                                    "metric": {"namespace": [names.detection_metrics, names.superset_metrics]}
                                }
                            }
                        },
                    },
                }
            ),
            state="ENABLED",
            region=names.home,
            opts=self.child(),
        )
        aws.cloudwatch.EventTarget(
            f"{name}-alarm-change",
            rule=rule.name,
            target_id="responder",
            arn=self.function_arn,
            retry_policy=RETRY,
            dead_letter_config={"arn": args.rule_dead_letters.arn},
            region=names.home,
            opts=self.child(depends_on=[args.rule_dead_letters.ready, *self.ready]),
        )


def _scope(args: KillSwitchArgs) -> Scope:
    names = args.names
    return Scope(
        partition=PARTITION,
        account_id=names.account_id,
        home_region=names.home,
        prefix=names.prefix,
        function=names.responder,
        role=names.responder,
        ledger_table=names.ledger,
        evidence_bucket=names.evidence_bucket,
        alert_topic=names.alert_topic,
        trail_log_group=args.trail_log_group,
        protected_principals=(*args.config.protected_principals, *args.decoy_principals),
    )


def _environment(args: KillSwitchArgs) -> dict[str, str]:
    names = args.names
    return {
        "ACCOUNT_ID": names.account_id,
        "HOME_REGION": names.home,
        "PREFIX": names.prefix,
        "LEDGER_TABLE": names.ledger,
        "EVIDENCE_BUCKET": names.evidence_bucket,
        "ALERT_TOPIC_ARN": args.alert_topic.arn,
        "TRAIL_LOG_GROUP": args.trail_log_group,
        "DEPLOY_ROLE_ARN": args.config.deploy_role_arn,
        "PROTECTED_PRINCIPALS": json.dumps(list(args.config.protected_principals)),
    }
