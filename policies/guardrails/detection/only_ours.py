"""Event buses, topics and queues accept events from this account only."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import stack_config
from ..access import outsiders
from ..guardrail import Report, on_resource
from ..statements import statements
from ..types import BUS_PERMISSION, BUS_POLICY, QUEUE, QUEUE_POLICY, TOPIC, TOPIC_POLICY


def _check(args: ResourceValidationArgs, report: Report) -> None:
    account = stack_config.account_id()
    if args.resource_type == BUS_PERMISSION:
        if args.props.get("principal") != account:
            report(f"The event bus takes events from {args.props.get('principal')}; admit this account only.")
        return
    try:
        found = statements(args.props.get("policy"))
    except ValueError:
        report("The policy is not a policy document in JSON, so nobody can say whom it lets in; write one.")
        return
    for statement in found:
        for who in outsiders(statement, account):
            report(
                f"The statement '{statement.sid}' lets in {who} from outside of this account; name this account, or "
                "bind it with a condition on aws:SourceArn or aws:SourceAccount."
            )


POLICY = on_resource(
    __name__,
    applies_to=[BUS_PERMISSION, BUS_POLICY, QUEUE, QUEUE_POLICY, TOPIC, TOPIC_POLICY],
    description="Event buses, topics and queues accept events and notifications from this account only.",
    rationale=(
        "An AWS service acts for every customer: if it may send for any account (confused deputy), strangers can "
        "raise alarms and fill queues."
    ),
    severity=Severity.CRITICAL,
    remediation=(
        "Give every service principal a condition on aws:SourceArn or aws:SourceAccount, and name no other account."
    ),
    check=_check,
)
