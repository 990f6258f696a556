"""A trail records reads as well as writes."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..event_selectors import management_events
from ..guardrail import Report, on_resource
from ..types import TRAIL


def _check(args: ResourceValidationArgs, report: Report) -> None:
    recorded = management_events(args.props)
    missing = [
        kind
        for kind, is_there in (
            ("reads", any(selector.reads for selector in recorded)),
            ("writes", any(selector.writes for selector in recorded)),
        )
        if not is_there
    ]
    if missing:
        report(
            f"The trail's selectors leave out management events that are {' and '.join(missing)}; give it one selector "
            "with read_write_type='All' and include_management_events=True."
        )


POLICY = on_resource(
    __name__,
    applies_to=[TRAIL],
    description="Trails record all management events, reads and writes.",
    rationale=(
        "Touching a secret is a read, so a trail of writes only makes every decoy useless; data events do not help."
    ),
    severity=Severity.CRITICAL,
    remediation="Give the trail an event selector with read_write_type='All' and include_management_events=True.",
    check=_check,
)
