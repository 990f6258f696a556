"""Every topic that alarms or the responder publish to has a subscriber."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from .. import arns
from ..alarm_topics import told_by
from ..events import arn_of, of_type
from ..guardrail import Report, each, on_stack
from ..links import known
from ..types import FUNCTION, METRIC_ALARM, TOPIC, TOPIC_SUBSCRIPTION


def _check(args: StackValidationArgs, report: Report) -> None:
    topics = {arn_of(topic, "sns"): topic for topic in of_type(args.resources, TOPIC)}
    used: dict[str, str] = {}

    def tells(alarm: PolicyResource) -> None:
        for arn in told_by(alarm):
            used.setdefault(arn, f"the alarm {alarm.props.get('name')}")

    def knows(function: PolicyResource) -> None:
        environment = function.props.get("environment") or {}
        for text in map(str, (environment.get("variables") or {}).values()):
            arn = arns.parse(text)
            if arn and arn.service == "sns":
                used.setdefault(text, f"the function {function.props.get('name')}")

    each(of_type(args.resources, METRIC_ALARM), tells)
    each(of_type(args.resources, FUNCTION), knows)
    heard = [each for each in of_type(args.resources, TOPIC_SUBSCRIPTION) if not each.props.get("filterPolicy")]
    for arn, teller in sorted(used.items()):
        topic = topics.get(arn)
        if topic is None:
            report(
                f"{teller[0].upper()}{teller[1:]} tells {arn}, which this stack doesn't make; use one of its topics."
            )
        elif not any(_is_of(subscription, topic, arn) for subscription in heard):
            report(f"Nobody is subscribed to all of {arn}, which {teller} tells; subscribe an address.", topic.urn)


def _is_of(subscription: PolicyResource, topic: PolicyResource, arn: str) -> bool:
    linked = subscription.property_dependencies.get("topic", [])
    return topic in linked if linked else known(subscription.props, "topic") == arn


POLICY = on_stack(
    __name__,
    description=(
        "Every topic that alarms or the responder notify is the stack's and has a subscriber without a filter policy. "
        "Whether an address confirmed its subscription can't be checked here."
    ),
    rationale="Alarms and alerts to a topic without subscribers are lost.",
    severity=Severity.CRITICAL,
    remediation="Name addresses in deadfall:alertEmails and deadfall:alarmEmails.",
    check=_check,
)
