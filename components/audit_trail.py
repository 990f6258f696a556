"""The CloudTrail trail whose records every detection evaluates."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.config import Trail
from deadfall.names import Names

from .component import Component
from .policy_document import Statement, policy_document, tls_only, trust
from .secure_bucket import SecureBucket, SecureBucketArgs


@dataclass(frozen=True)
class AuditTrailArgs:
    """With `trail.existing`, no trail is created and its log group is adopted."""

    names: Names
    trail: Trail
    key_arn: pulumi.Input[str]
    keep_evidence: bool


class AuditTrail(Component):
    """A multi-region trail of read and write management events with log file validation.

    It delivers to an S3 archive (evidence, hunting) and to a log group (log path).

    The first copy of management events is free; a second trail in the account costs per event (CloudTrail pricing).
    """

    log_group: str
    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: AuditTrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        if args.trail.existing:
            self.log_group = args.trail.existing.log_group_name
            self.ready = []
        else:
            self.log_group = args.names.trail_log_group
            self.ready = self._create(name, args)
        self.register_outputs({"logGroup": self.log_group})

    def _create(self, name: str, args: AuditTrailArgs) -> list[pulumi.Resource]:
        names, trail, home = args.names, args.trail, args.names.home
        archive = SecureBucket(
            f"{name}-archive",
            SecureBucketArgs(
                bucket=names.trail_bucket,
                region=home,
                key_arn=args.key_arn,
                retention_days=trail.archive_retention_days,
                keep=args.keep_evidence,
                object_lock=trail.object_lock,
                statements=_archive_statements(names),
            ),
            opts=self.child(),
        )
        log_group = aws.cloudwatch.LogGroup(
            name,
            name=names.trail_log_group,
            retention_in_days=trail.log_retention_days,
            region=home,
            opts=self.child(protect=args.keep_evidence),
        )
        log_stream = names.arn("logs", f"log-group:{names.trail_log_group}:log-stream:{names.account_id}_CloudTrail_*")
        role = aws.iam.Role(
            f"{name}-logs",
            name=names.trail_role,
            assume_role_policy=trust("cloudtrail.amazonaws.com"),
            opts=self.child(),
        )
        role_policy = aws.iam.RolePolicy(
            f"{name}-logs",
            name="write-log-group",
            role=role.id,
            policy=policy_document(
                [
                    {
                        "Effect": "Allow",
                        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                        "Resource": log_stream,
                    }
                ]
            ),
            opts=self.child(),
        )
        before: list[pulumi.Resource] = [archive.ready, role_policy]
        if trail.notify_per_file:
            before.append(self._file_topic(f"{name}-files", args))
        excluded = [
            source
            for source, exclude in (
                ("kms.amazonaws.com", trail.exclude_kms),
                ("rdsdata.amazonaws.com", trail.exclude_rds_data),
            )
            if exclude
        ]
        made = aws.cloudtrail.Trail(
            name,
            name=names.trail,
            s3_bucket_name=archive.name,
            kms_key_id=args.key_arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            enable_logging=True,
            event_selectors=[
                {
                    "read_write_type": "All",
                    "include_management_events": True,
                    "exclude_management_event_sources": excluded,
                }
            ],
            cloud_watch_logs_group_arn=pulumi.Output.concat(log_group.arn, ":*"),
            cloud_watch_logs_role_arn=role.arn,
            sns_topic_name=names.file_topic if trail.notify_per_file else None,
            region=home,
            opts=self.child(depends_on=before, protect=args.keep_evidence),
        )
        return [log_group, made]

    def _file_topic(self, name: str, args: AuditTrailArgs) -> pulumi.Resource:
        """Create the topic that CloudTrail notifies of every log file: a third notification, late but direct."""
        names = args.names
        topic = aws.sns.Topic(
            name, name=names.file_topic, kms_master_key_id=args.key_arn, region=names.home, opts=self.child()
        )
        topic_arn = names.arn("sns", names.file_topic)
        return aws.sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=policy_document(
                [
                    {
                        "Sid": "TrailPublishes",
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudtrail.amazonaws.com"},
                        "Action": "sns:Publish",
                        "Resource": topic_arn,
                        "Condition": {"StringEquals": {"aws:SourceArn": names.trail_arn}},
                    },
                    tls_only("sns:Publish", topic_arn),
                ]
            ),
            region=names.home,
            opts=self.child(),
        )


def _archive_statements(names: Names) -> list[Statement]:
    """Return the statements that let CloudTrail write (CloudTrail user guide, "Amazon S3 bucket policy")."""
    bucket = f"arn:aws:s3:::{names.trail_bucket}"
    return [
        {
            "Sid": "TrailReadsAcl",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:GetBucketAcl",
            "Resource": bucket,
            "Condition": {"StringEquals": {"aws:SourceArn": names.trail_arn}},
        },
        {
            "Sid": "TrailWrites",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{bucket}/AWSLogs/{names.account_id}/*",
            "Condition": {
                "StringEquals": {"aws:SourceArn": names.trail_arn, "s3:x-amz-acl": "bucket-owner-full-control"}
            },
        },
    ]
