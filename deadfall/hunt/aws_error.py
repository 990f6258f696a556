"""Describe an AWS error in a sentence."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    NoRegionError,
    TokenRetrievalError,
)
from urllib3.exceptions import HTTPError

_REFUSALS = ("AccessDenied", "AccessDeniedException", "Forbidden", "403")
_CREDENTIALS = ("ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId")
_CREDENTIALS += ("SignatureDoesNotMatch", "UnrecognizedClientException")


_TRANSIENT = ("SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling", "ThrottlingException")
_SERVER_ERROR = 500

# urllib3's errors, and the system's, reach the reader of a body that breaks midway.
AwsError = ClientError | BotoCoreError | HTTPError | ConnectionError | TimeoutError
AWS_ERRORS = (ClientError, BotoCoreError, HTTPError, ConnectionError, TimeoutError)


def rejects_credentials(error: AwsError) -> bool:
    """Return whether every other call would fail too, because AWS rejects the credentials or there are none."""
    without = (NoCredentialsError, TokenRetrievalError, CredentialRetrievalError)
    return isinstance(error, without) or _code(error) in _CREDENTIALS


def is_refusal(error: AwsError) -> bool:
    return _code(error) in _REFUSALS


def is_transient(error: AwsError) -> bool:
    """Return whether the same call may succeed when it is made again."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= _SERVER_ERROR or _code(error) in _TRANSIENT
    if isinstance(error, BotoCoreError):
        return isinstance(error, HTTPClientError | IncompleteReadError | FlexibleChecksumError)
    return True


def explain(error: AwsError, permission: str) -> str:
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


def _code(error: AwsError) -> str:
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""


def _message(error: AwsError) -> str:
    message = error.response.get("Error", {}).get("Message", "") if isinstance(error, ClientError) else str(error)
    return " ".join(f"{_code(error)}: {message}".strip(": ").rstrip(".").split())
