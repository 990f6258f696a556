"""Hints for AWS errors: what to change, where the error makes that clear."""

_ALREADY_THERE = frozenset(
    {
        "BucketAlreadyOwnedByYou",
        "EntityAlreadyExists",
        "ResourceAlreadyExistsException",
        "ResourceConflictException",
        "ResourceExistsException",
        "ResourceInUseException",
        "TrailAlreadyExistsException",
    }
)
_QUOTA = frozenset(
    {"LimitExceeded", "LimitExceededException", "TooManyRequestsException", "ServiceQuotaExceededException"}
)


def hint(operation: str, code: str, message: str) -> str:
    """Return what to change, in a few words without a full stop, or "" if the error has no hint.

    Args:
        operation: the API operation, such as CreateBucket.
        code, message: those of AWS's error.
    """
    if "is not authorized to perform" in message:
        return "grant this permission to the deploying role"
    if code == "BucketAlreadyExists":
        return "another account has this name, so choose another deadfall:prefix"
    if code in _ALREADY_THERE and operation.startswith("Create"):
        return "it exists outside this stack, so delete it, or choose another name or deadfall:prefix"
    if code in _QUOTA or "UnreservedConcurrentExecution" in message:  # Lambda has no specific code for that
        return "stay within this quota, or request an increase from AWS"
    return ""
