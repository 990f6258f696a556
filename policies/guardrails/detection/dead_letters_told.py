"""An alarm reports dead letters."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from .. import dead_letters, stack_config
from ..events import arn_of, of_type
from ..guardrail import Report, each, on_stack
from ..types import EVENT_TARGET, METRIC_ALARM, QUEUE

VISIBLE = ("AWS/SQS", "ApproximateNumberOfMessagesVisible")


def _check(args: StackValidationArgs, report: Report) -> None:
    watched = set[tuple[str, str]]()
    kept = set[str]()

    def watches(alarm: PolicyResource) -> None:
        if (alarm.props.get("namespace"), alarm.props.get("metricName")) == VISIBLE:
            watched.add((stack_config.region_of(alarm), str((alarm.props.get("dimensions") or {}).get("QueueName"))))

    def keeps(target: PolicyResource) -> None:
        kept.add(dead_letters.queue_arn(target))

    def check_alarm(queue: PolicyResource) -> None:
        name, region = str(queue.props.get("name")), stack_config.region_of(queue)
        if arn_of(queue, "sqs") in kept and (region, name) not in watched:
            report(
                f"No alarm of {region} watches {name}, where undelivered events end; add one on {VISIBLE[1]}.",
                queue.urn,
            )

    each(of_type(args.resources, METRIC_ALARM), watches)
    each(of_type(args.resources, EVENT_TARGET), keeps)
    each(of_type(args.resources, QUEUE), check_alarm)


POLICY = on_stack(
    __name__,
    description="An alarm watches every queue that receives undelivered events.",
    rationale="An undelivered touch stays there for at most 14 days, and only the alarm reports it.",
    severity=Severity.HIGH,
    remediation="Use a DeadLetterQueue, which brings its alarm.",
    check=_check,
)
