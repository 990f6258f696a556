"""Every metric filter has an alarm, and every alarm a metric."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from .. import stack_config
from ..events import of_type
from ..guardrail import Report, each, on_stack
from ..types import FUNCTION, METRIC_ALARM, METRIC_FILTER, QUEUE

Metric = tuple[str, str, str]  # region, namespace, name

_WATCHED = {"AWS/Lambda": ("FunctionName", FUNCTION), "AWS/SQS": ("QueueName", QUEUE)}


def _check(args: StackValidationArgs, report: Report) -> None:
    made: dict[Metric, PolicyResource] = {}
    heard = set[Metric]()

    def makes(metric_filter: PolicyResource) -> None:
        metric = metric_filter.props.get("metricTransformation") or {}
        made[stack_config.region_of(metric_filter), str(metric.get("namespace")), str(metric.get("name"))] = (
            metric_filter
        )

    def hears(alarm: PolicyResource) -> None:
        namespace, dimensions = str(alarm.props.get("namespace")), alarm.props.get("dimensions") or {}
        metric = stack_config.region_of(alarm), namespace, str(alarm.props.get("metricName"))
        if namespace in _WATCHED:
            key, kind = _WATCHED[namespace]
            names = [(each.props.get("name"), stack_config.region_of(each)) for each in of_type(args.resources, kind)]
            if (dimensions.get(key), metric[0]) not in names:
                report(
                    f"{_of(alarm)} watches {key} {dimensions.get(key)}, which this stack doesn't make in {metric[0]}; "
                    "correct it.",
                    alarm.urn,
                )
        elif namespace in {of_filter[1] for of_filter in made}:
            if metric not in made or dimensions:
                report(
                    f"{_of(alarm)} watches a metric that no filter publishes: {_text(metric)}; correct it.", alarm.urn
                )
            else:
                heard.add(metric)

    each(of_type(args.resources, METRIC_FILTER), makes)
    each(of_type(args.resources, METRIC_ALARM), hears)
    for metric in made.keys() - heard:
        report(f"No alarm watches {_text(metric)}, which a filter publishes; add one.", made[metric].urn)


def _of(alarm: PolicyResource) -> str:
    return f"The alarm {alarm.props.get('name')}"


def _text(metric: Metric) -> str:
    return f"{metric[2]} of {metric[1]} in {metric[0]}"


POLICY = on_stack(
    __name__,
    description=(
        "An alarm watches every metric that a filter publishes, and alarms watch what exists: a filter's metric, or "
        "a function or queue of the stack. Metrics that the responder itself publishes can't be checked here."
    ),
    rationale="A metric without an alarm and an alarm without a metric both fail silently.",
    severity=Severity.CRITICAL,
    remediation="Deploy both by components/detection.py, under one name.",
    check=_check,
)
