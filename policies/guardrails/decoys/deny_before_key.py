"""A decoy user is denied everything before it has a key."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..decoy_users import denies_all, users
from ..guardrail import Report, each, on_stack
from ..links import refers
from ..types import ACCESS_KEY, USER_POLICY


def _check(args: StackValidationArgs, report: Report) -> None:
    keys = [resource for resource in args.resources if resource.resource_type == ACCESS_KEY]
    policies = [resource for resource in args.resources if resource.resource_type == USER_POLICY]

    def later(user: PolicyResource) -> None:
        denies = {p.urn for p in policies if refers(p, "user", user) and denies_all(p)}
        for key in keys:
            first = {dependency.urn for dependency in key.dependencies}
            if denies and refers(key, "user", user) and not denies & first:
                report(f"The key of user {user.props.get('name')} doesn't wait for its deny; add depends_on.", key.urn)

    each(users(args), later)


POLICY = on_stack(
    __name__,
    description="A decoy user's access key depends on the policy that denies the user everything.",
    rationale="Otherwise the key works without the deny for a moment when it is created and when it is destroyed.",
    severity=Severity.MEDIUM,
    remediation="Give the AccessKey depends_on=[the UserPolicy].",
    check=_check,
)
