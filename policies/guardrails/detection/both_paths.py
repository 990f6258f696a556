"""Both paths match every essential touch of every decoy.

The check matches the known part of each record against the patterns of rules and filters. Other guardrails of
detection cover what else can keep them from firing: state, bus, log group, alarm.
"""

from collections.abc import Iterable, Iterator

from pulumi_policy import Severity, StackValidationArgs

from deadfall.patterns.filter_pattern import FilterPattern

from .. import touches
from ..benchmarks import is_for_benchmark, namespace_of
from ..events import of_type, reaches_function, routes
from ..guardrail import Report, on_stack
from ..patterns import certainly_matches, filter_pattern
from ..touches import Touch
from ..types import METRIC_FILTER


def _check(args: StackValidationArgs, report: Report) -> None:
    expected = list(touches.of_stack(args.resources))
    among = routes(args.resources)
    on_path_l = [each for each in of_type(args.resources, METRIC_FILTER) if not is_for_benchmark(namespace_of(each))]
    filters = [pattern for each in on_path_l if (pattern := filter_pattern(str(each.props.get("pattern"))))]
    unreached = (t for t in expected if not all(reaches_function(event, t.region, among) for event in t.events))
    unseen = [
        *(
            f"Path E does not see {thing} in {region}: no rule there leads to the responder for {how}"
            for thing, region, how in _summed(unreached)
        ),
        *(
            f"Path L does not see {thing} in {region}: no metric filter matches {how}"
            for thing, region, how in _summed(t for t in expected if not _is_seen(t, filters))
        ),
    ]
    if unseen:
        report(
            f"{'; '.join(unseen)}; in deadfall:detections, set what is none to default, or add a Detection in that "
            "region, which brings the rule at home too."
        )


def _is_seen(touch: Touch, filters: Iterable[FilterPattern]) -> bool:
    return any(certainly_matches(pattern, record) for pattern in filters for record in touch.records)


def _summed(unseen: Iterable[Touch]) -> Iterator[tuple[str, str, str]]:
    """Return each thing with its region and the ways to touch it there unseen."""
    ways: dict[tuple[str, str], dict[str, None]] = {}
    for touch in unseen:
        ways.setdefault((touch.thing, touch.region), {})[touch.how] = None
    for (thing, region), how in ways.items():
        yield thing, region, ", ".join(how)


POLICY = on_stack(
    __name__,
    description=(
        "Every touch of a decoy, any use of root and any tampering with CloudTrail is matched by a rule in each "
        "region where it can happen, which leads to the responder directly or through the home bus, and by a metric "
        "filter."
    ),
    rationale=(
        "Callers name a decoy by its name or ARN, with success or not, in any region. A touch that no rule matches "
        "contains no one, and CloudTrail delivers to EventBridge on a best-effort basis, so the log path must match "
        "it too."
    ),
    severity=Severity.CRITICAL,
    remediation=(
        "Deploy decoys with components/honeytokens, which create the rules and filters; list regions in "
        "deadfall:regions."
    ),
    check=_check,
)
