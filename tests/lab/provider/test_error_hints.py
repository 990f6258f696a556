"""AWS errors have a hint where it is clear what to change, and only there."""

import pytest

from deadfall.lab.provider.error_hints import hint

NO_ALLOW = (
    "User: arn:aws:sts::111122223333:assumed-role/deploy/pulumi is not authorized to perform: {} because no policy …"
)
CONCURRENCY = (
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
    "minimum value of [100]."
)


@pytest.mark.parametrize(
    ("operation", "code", "message", "change"),
    [
        (
            "CreateBucket",
            "AccessDenied",
            NO_ALLOW.format("s3:CreateBucket"),
            "grant this permission to the deploying role",
        ),
        (
            "CreateTopic",
            "AuthorizationError",
            NO_ALLOW.format("SNS:CreateTopic"),
            "grant this permission to the deploying role",
        ),
        (
            "CreateBucket",
            "BucketAlreadyExists",
            "The requested bucket name is not available.",
            "another account has this name, so choose another deadfall:prefix",
        ),
        (
            "CreateRole",
            "EntityAlreadyExists",
            "Role with name account-audit-responder already exists.",
            "it exists outside this stack, so delete it, or choose another name or deadfall:prefix",
        ),
        (
            "PutMetricFilter",
            "LimitExceededException",
            "Resource limit exceeded.",
            "stay within this quota, or request an increase from AWS",
        ),
        (
            "PutFunctionConcurrency",
            "InvalidParameterValueException",
            CONCURRENCY,
            "stay within this quota, or request an increase from AWS",
        ),
        # Not known: somebody else's lock, a table that is still being changed, a name that is wrong.
        ("DeleteObjects", "AccessDenied", "key: Access Denied because object protected by object lock.", ""),
        ("UpdateTable", "ResourceInUseException", "Table is being updated.", ""),
        (
            "CreateFunction",
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed.",
            "",
        ),
    ],
)
def test_what_to_change(operation: str, code: str, message: str, change: str) -> None:
    assert hint(operation, code, message) == change
