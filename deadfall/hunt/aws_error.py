"""What AWS said no to, in a sentence."""

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, TokenRetrievalError

_REFUSALS = ("AccessDenied", "AccessDeniedException", "Forbidden", "403")
_CREDENTIALS = ("ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId")
_CREDENTIALS += ("SignatureDoesNotMatch", "UnrecognizedClientException")


def refused(error: ClientError | BotoCoreError) -> bool:
    """Whether it would be no for anything else, too."""
    return isinstance(error, BotoCoreError) or _code(error) in (*_REFUSALS, *_CREDENTIALS)


def explained(error: ClientError | BotoCoreError, permission: str) -> str:
    """Goes on where the name of what was asked for ends; `permission` is what the call needs."""
    if isinstance(error, NoCredentialsError):
        return "there are no AWS credentials; set AWS_PROFILE, or log in with the AWS CLI"
    if isinstance(error, NoRegionError):
        return "no AWS region is set; set AWS_REGION"
    if isinstance(error, TokenRetrievalError) or _code(error) in _CREDENTIALS:
        return f"AWS does not accept the credentials ({_said(error)}); log in again"
    if _code(error) in _REFUSALS:
        return f"AWS refuses it ({_said(error)}); ask for {permission}"
    return _said(error)


def _code(error: ClientError | BotoCoreError) -> str:
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""


def _said(error: ClientError | BotoCoreError) -> str:
    message = error.response.get("Error", {}).get("Message", "") if isinstance(error, ClientError) else str(error)
    return " ".join(f"{_code(error)}: {message}".strip(": ").rstrip(".").split())
