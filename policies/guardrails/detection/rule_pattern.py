"""A rule has an event pattern that EventBridge accepts."""

from pulumi_policy import ResourceValidationArgs, Severity

from deadfall.patterns.aws_limits import MAX_PATTERN_CHARACTERS
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.event_pattern_operators import InvalidPattern

from ..guardrail import Report, on_resource
from ..types import EVENT_RULE


def _check(args: ResourceValidationArgs, report: Report) -> None:
    name, text = args.props.get("name"), str(args.props.get("eventPattern") or "")
    if not text:
        report(f"The rule {name} has no event pattern; give it one.")
    elif len(text) > MAX_PATTERN_CHARACTERS:
        report(
            f"The pattern of the rule {name} has {len(text)} characters; EventBridge accepts "
            f"{MAX_PATTERN_CHARACTERS}, so shorten it or split the rule."
        )
    else:
        try:
            EventPattern(text)
        except InvalidPattern as error:
            report(f"EventBridge rejects the pattern of the rule {name} ({error}); correct it.")


POLICY = on_resource(
    __name__,
    applies_to=[EVENT_RULE],
    description=f"Every rule has a valid event pattern of at most {MAX_PATTERN_CHARACTERS:,} characters.",
    rationale=(
        "EventBridge rejects any other pattern in the middle of an update, and the other guardrails can't evaluate it."
    ),
    severity=Severity.HIGH,
    remediation="Correct the pattern; build it with json.dumps.",
    check=_check,
)
