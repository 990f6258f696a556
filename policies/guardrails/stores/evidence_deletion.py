"""No policy of a bucket or key allows destroying evidence."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import stack_config
from ..guardrail import Report, on_resource
from ..statements import Statement, matches, readable_statements
from ..types import BUCKET_POLICY, KEY

# In lower case. By these, evidence is deleted, or made deletable, or can't be read any more.
DESTROYING = {
    BUCKET_POLICY: (
        *("s3:deletebucket", "s3:deletebucketpolicy", "s3:deleteobject", "s3:deleteobjectversion"),
        *("s3:bypassgovernanceretention", "s3:putobjectlegalhold", "s3:putobjectretention"),
        *("s3:putbucketobjectlockconfiguration", "s3:putbucketpolicy", "s3:putbucketpublicaccessblock"),
        *("s3:putbucketversioning", "s3:putencryptionconfiguration", "s3:putlifecycleconfiguration"),
    ),
    KEY: ("kms:disablekey", "kms:putkeypolicy", "kms:schedulekeydeletion"),
}


def _check(args: ResourceValidationArgs, report: Report) -> None:
    # The account's own statement delegates to IAM policies; without it no principal could manage a key.
    account = f"AWS:{stack_config.names().iam_arn('root')}"
    for statement in readable_statements(args.props.get("policy")):
        allowed = [action for action in DESTROYING[args.resource_type] if _allows(statement, action)]
        if allowed and statement.principals != (account,):
            report(
                f"The policy's statement '{statement.sid}' allows {', '.join(allowed)} to "
                f"{', '.join(statement.principals)}; remove that."
            )


def _allows(statement: Statement, action: str) -> bool:
    if not statement.allows:
        return False
    if statement.not_actions:
        return not any(matches(pattern, action) for pattern in statement.not_actions)
    return any(matches(pattern, action) for pattern in statement.actions)


POLICY = on_resource(
    __name__,
    applies_to=[BUCKET_POLICY, KEY],
    description="No policy of a bucket or a key allows deleting evidence, its locks or its key.",
    rationale="The policy of a bucket or key grants this to the responder regardless of its role's policy.",
    severity=Severity.CRITICAL,
    remediation="Remove the action from the statement; writing evidence needs s3:PutObject only.",
    check=_check,
)
