"""The ARN of a Systems Manager parameter."""


def parameter_arn(typed: str, region: str, account_id: str) -> str:
    """Return the ARN of the parameter that a caller typed as a name or an ARN, with a version or label or without."""
    if typed.startswith("arn:"):
        return ":".join(typed.split(":")[:6])
    return f"arn:aws:ssm:{region}:{account_id}:parameter/{typed.strip().partition(':')[0].lstrip('/')}"
