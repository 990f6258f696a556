"""Dead-letter queues accept events from EventBridge."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from .. import dead_letters
from ..events import arn_of, of_type, rule_arn
from ..guardrail import Report, each, on_stack
from ..service_access import Request, is_admitted
from ..statements import readable_statements
from ..types import EVENT_TARGET, QUEUE, QUEUE_POLICY


def _check(args: StackValidationArgs, report: Report) -> None:
    queues = {arn_of(queue, "sqs"): queue for queue in of_type(args.resources, QUEUE)}

    def admitted(target: PolicyResource) -> None:
        if dead_letters.problem(target):
            return  # detection-target-dead-letters reports it
        arn, rule = dead_letters.queue_arn(target), f"the rule {target.props.get('rule')}"
        if arn not in queues:
            report(
                f"Dead letters of {rule} go to {arn}, which this stack doesn't make; use its DeadLetterQueue.",
                target.urn,
            )
        elif not admits(queues[arn], Request("events.amazonaws.com", "sqs:SendMessage", arn, rule_arn(target))):
            report(
                f"{arn} does not let {rule} send; allow events.amazonaws.com sqs:SendMessage, by the rule's ARN alone.",
                queues[arn].urn,
            )

    def admits(queue: PolicyResource, request: Request) -> bool:
        policies = of_type(args.resources, QUEUE_POLICY)
        own = [policy for policy in policies if queue in policy.property_dependencies.get("queueUrl", [])]
        return any(is_admitted(request, readable_statements(policy.props.get("policy"))) for policy in own)

    each(of_type(args.resources, EVENT_TARGET), admitted)


POLICY = on_stack(
    __name__,
    description="The dead-letter queue of every target lets the target's rule send.",
    rationale=(
        "EventBridge sends without a role, so a queue whose policy rejects it receives nothing, without an error."
    ),
    severity=Severity.HIGH,
    remediation="Use a DeadLetterQueue with from_rules=True in the target's region.",
    check=_check,
)
