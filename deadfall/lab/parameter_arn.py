"""The ARN of a Systems Manager parameter."""


def parameter_arn(typed: str, region: str, account_id: str) -> str:
    """Return the ARN of a parameter from its name or ARN as typed by the caller, without version and label."""
    if typed.startswith("arn:"):
        return ":".join(typed.split(":")[:6])
    return f"arn:aws:ssm:{region}:{account_id}:parameter/{typed.strip().partition(':')[0].lstrip('/')}"
