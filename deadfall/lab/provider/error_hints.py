"""Hints for AWS errors: what to change, for those errors from which it is clear."""

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
        return "allow that to whoever deploys"
    if code == "BucketAlreadyExists":
        return "another account has that name, so choose another deadfall:prefix"
    if code in _ALREADY_THERE and operation.startswith("Create"):
        return "it is there and not of this stack, so delete it, or choose another name or deadfall:prefix"
    if code in _QUOTA or "UnreservedConcurrentExecution" in message:  # for that, Lambda has no code of its own
        return "stay within that quota, or ask AWS to raise it"
    return ""
