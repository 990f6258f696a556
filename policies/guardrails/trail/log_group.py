"""A trail is delivered to a log group too."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import ResourceValidationArgs, Severity
from pulumi_policy.proxy import UnknownValueError

from ..guardrail import Report, on_resource
from ..types import TRAIL


def _given(props: Mapping[str, Any], key: str) -> bool:
    try:
        return bool(props.get(key))
    except UnknownValueError:  # the output of a log group or role that is still to be made
        return True


def _check(args: ResourceValidationArgs, report: Report) -> None:
    for key, argument in (
        ("cloudWatchLogsGroupArn", "cloud_watch_logs_group_arn"),
        ("cloudWatchLogsRoleArn", "cloud_watch_logs_role_arn"),
    ):
        if not _given(args.props, key):
            report(f"The trail is not delivered to a log group; set {argument}.")


POLICY = on_resource(
    __name__,
    applies_to=[TRAIL],
    description="Trails are delivered to a CloudWatch log group.",
    rationale=(
        "The log path's metric filters read that log group; without it only the event path is left (Security Hub "
        "CloudTrail.5)."
    ),
    severity=Severity.CRITICAL,
    remediation="Set cloud_watch_logs_group_arn and cloud_watch_logs_role_arn on the trail.",
    check=_check,
)
