"""Describe an AWS error in a sentence."""

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, TokenRetrievalError

_REFUSALS = ("AccessDenied", "AccessDeniedException", "Forbidden", "403")
_CREDENTIALS = ("ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId")
_CREDENTIALS += ("SignatureDoesNotMatch", "UnrecognizedClientException")


def affects_all_calls(error: ClientError | BotoCoreError) -> bool:
    """Return whether every other call would fail too: credentials, permissions or the connection."""
    return isinstance(error, BotoCoreError) or _code(error) in (*_REFUSALS, *_CREDENTIALS)


def explain(error: ClientError | BotoCoreError, permission: str) -> str:
    """Describe the error, to follow "<resource>: "; `permission` is what the call requires."""
    if isinstance(error, NoCredentialsError):
        return "no AWS credentials found; set AWS_PROFILE, or log in with the AWS CLI"
    if isinstance(error, NoRegionError):
        return "no AWS region is set; set AWS_REGION"
    if isinstance(error, TokenRetrievalError) or _code(error) in _CREDENTIALS:
        return f"AWS rejected the credentials ({_message(error)}); log in again"
    if _code(error) in _REFUSALS:
        return f"access denied ({_message(error)}); this needs {permission}"
    return _message(error)


def _code(error: ClientError | BotoCoreError) -> str:
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""


def _message(error: ClientError | BotoCoreError) -> str:
    message = error.response.get("Error", {}).get("Message", "") if isinstance(error, ClientError) else str(error)
    return " ".join(f"{_code(error)}: {message}".strip(": ").rstrip(".").split())
