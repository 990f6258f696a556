"""Events stay in the account, and go to another region by one way only."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import arns, stack_config
from ..guardrail import Report, on_resource
from ..types import EVENT_TARGET


def _check(args: ResourceValidationArgs, report: Report) -> None:
    target = f"The target {args.props.get('targetId')} of the rule {args.props.get('rule')}"
    account, region, home = stack_config.account_id(), stack_config.region_of(args), stack_config.home()
    arn = str(args.props.get("arn"))
    to = arns.parse(arn)
    if not to or to.account != account:
        report(f"{target} is {arn}, which is not of account {account}; hand events to this account's resources only.")
    elif to.service != "events":
        if to.region != region:
            report(f"{target} is {arn}, in another region than {region}; forward to the home bus instead.")
    elif arn != stack_config.names().home_bus_arn:
        report(f"{target} is {arn}; forward to the default bus of the home region {home} only.")
    elif region == home:
        report(f"{target} is the bus that the rule itself stands on, an endless loop; hand the event to the responder.")
    else:
        role = arns.parse(args.props.get("roleArn"))
        if not role or (role.service, role.account) != ("iam", account):
            report(f"{target} has no role of this account, which EventBridge needs for another region; set role_arn.")


POLICY = on_resource(
    __name__,
    applies_to=[EVENT_TARGET],
    description="Targets are of this account and region; other regions forward to the home region's bus, with a role.",
    rationale="Events that leave reveal decoys to others, and events that don't arrive cause no containment.",
    severity=Severity.CRITICAL,
    remediation="Use the EventForwarder's role and the home bus, or the responder in the home region.",
    check=_check,
)
