"""A rule that can match a read-only call is in the state in which EventBridge delivers such calls."""

import re
from collections.abc import Mapping, Sequence

from pulumi_policy import ResourceValidationArgs, Severity

from deadfall.patterns.detail_types import API_CALL
from deadfall.patterns.event_pattern_operators import Alternative

from ..guardrail import Report, on_resource
from ..patterns import event_pattern
from ..types import EVENT_RULE

ALL_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

# What begins with one of these words changes something. Any other event name counts as a read: AWS's pages differ on
# which reads a plain ENABLED lets through (docs/aws-facts.md, write-verbs), and more events than needed do no harm.
_VERBS = (
    *("Accept", "Add", "Allocate", "Apply", "Assign", "Associate", "Attach", "Authorize", "Cancel", "Change", "Copy"),
    *("Create", "Deactivate", "Delete", "Deregister", "Detach", "Disable", "Disassociate", "Enable", "Grant", "Import"),
    *("Leave", "Modify", "Move", "Publish", "Put", "Reboot", "Register", "Release", "Remove", "Replace", "Reset"),
    *("Restore", "Resume", "Revoke", "Rotate", "Run", "Schedule", "Set", "Stop", "Suspend", "Tag", "Terminate"),
    *("Transfer", "Unassign", "Untag", "Update"),
)
_WRITES = re.compile(rf"(Batch)?({'|'.join(_VERBS)})(?![a-z])|ConsoleLogin$")


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.props.get("state") not in (None, "ENABLED"):
        return  # it sees them, or detection-rule-enabled reports it
    pattern = event_pattern(str(args.props.get("eventPattern")))
    if pattern and any(_can_match_a_read(branch) for branch in pattern.branches):
        report(
            f"The rule {args.props.get('name')} can match read-only calls, which its state ENABLED keeps from it; "
            f'set state="{ALL_EVENTS}", or pin detail.eventName to calls that write.'
        )


def _can_match_a_read(branch: Mapping[str, Sequence[Alternative]]) -> bool:
    return (
        _admits(branch, "detail-type", API_CALL)
        and _admits(branch, "detail.readOnly", True)
        and ("detail.eventName" not in branch or not all(map(_is_write, branch["detail.eventName"])))
    )


def _admits(branch: Mapping[str, Sequence[Alternative]], path: str, value: object) -> bool:
    return path not in branch or any(alternative.matches(value) for alternative in branch[path])


def _is_write(alternative: Alternative) -> bool:
    """Return whether every event name that the alternative matches is that of a call that writes."""
    text = alternative.operand
    if alternative.operator not in (None, "prefix", "wildcard") or not isinstance(text, str):
        return False
    return _WRITES.match(text if alternative.operator is None else text.partition("*")[0]) is not None


POLICY = on_resource(
    __name__,
    applies_to=[EVENT_RULE],
    description=f"A rule that can match read-only calls is in state {ALL_EVENTS}.",
    rationale=(
        "In the default state EventBridge withholds reads such as GetSecretValue, so the rule never matches them."
    ),
    severity=Severity.CRITICAL,
    remediation=f'Set state="{ALL_EVENTS}" on the rule.',
    check=_check,
)
