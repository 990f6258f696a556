"""A metric filter has a JSON pattern that CloudWatch Logs accepts."""

from pulumi_policy import ResourceValidationArgs, Severity

from deadfall.patterns.aws_limits import MAX_FILTER_CHARACTERS
from deadfall.patterns.filter_pattern import FilterPattern, InvalidFilterPattern

from ..guardrail import Report, on_resource
from ..types import METRIC_FILTER


def _check(args: ResourceValidationArgs, report: Report) -> None:
    name, text = args.props.get("name"), str(args.props.get("pattern") or "")
    if len(text) > MAX_FILTER_CHARACTERS:
        report(
            f"The pattern of the filter {name} has {len(text)} characters; CloudWatch Logs accepts "
            f"{MAX_FILTER_CHARACTERS}, so shorten it or split the filter."
        )
        return
    try:
        if not FilterPattern(text).selects_json:
            report(f"The pattern of the filter {name} does not begin with {{, so it is not for JSON; correct it.")
    except InvalidFilterPattern as error:
        report(f"CloudWatch Logs rejects the pattern of the filter {name} ({error}); correct it.")


POLICY = on_resource(
    __name__,
    applies_to=[METRIC_FILTER],
    description=f"Metric filters have a valid JSON pattern of at most {MAX_FILTER_CHARACTERS:,} characters.",
    rationale=(
        "CloudWatch Logs rejects an invalid pattern in the middle of an update, and a pattern that is not for JSON, "
        "such as an empty one, matches every line or none."
    ),
    severity=Severity.HIGH,
    remediation="Write the pattern as { $.eventName = ... }.",
    check=_check,
)
