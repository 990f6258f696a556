"""What to change when AWS refuses, where its error says enough to know."""

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


def mend(operation: str, code: str, message: str) -> str:
    """What to change, in a few words without a full stop; empty if that is not known.

    Args:
        operation: the call of the API, such as CreateBucket.
        code, message: AWS's own.
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
