"""Topics accept notifications from alarms."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from .. import stack_config
from ..alarm_topics import told_by
from ..events import arn_of, of_type
from ..guardrail import Report, each, on_stack
from ..service_access import Request, is_admitted
from ..statements import readable_statements
from ..types import METRIC_ALARM, TOPIC, TOPIC_POLICY

SERVICE = "cloudwatch.amazonaws.com"


def _check(args: StackValidationArgs, report: Report) -> None:
    topics = {arn_of(topic, "sns"): topic for topic in of_type(args.resources, TOPIC)}

    def reaches(alarm: PolicyResource) -> None:
        for action in told_by(alarm):
            source = arn_of(alarm, "cloudwatch", "alarm:")
            publish = Request(SERVICE, "sns:Publish", action, source, stack_config.account_id())
            if action in topics and not admits(topics[action], publish):
                report(
                    f"{action} does not let the alarm {alarm.props.get('name')} publish; allow {SERVICE} "
                    "sns:Publish in its policy.",
                    topics[action].urn,
                )

    def admits(topic: PolicyResource, request: Request) -> bool:
        """A policy of one's own replaces SNS's default one, which admits its own account's alarms."""
        policies = of_type(args.resources, TOPIC_POLICY)
        own = [policy for policy in policies if topic in policy.property_dependencies.get("arn", [])]
        documents = [readable_statements(policy.props.get("policy")) for policy in own]
        return all(is_admitted(request, document) for document in documents if document)

    each(of_type(args.resources, METRIC_ALARM), reaches)


POLICY = on_stack(
    __name__,
    description="The policy of every alarm's topic lets CloudWatch publish for the alarm.",
    rationale="CloudWatch does not report a refused publish: the alarm goes off without a notification.",
    severity=Severity.CRITICAL,
    remediation="Use an AlertTopic, and name alarms with the stack's prefix.",
    check=_check,
)
