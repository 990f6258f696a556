"""Clients of AWS, made once per Lambda environment and only when first used, so that a cold start pays for what it
needs."""

from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

Failed = (BotoCoreError, ClientError)
"""What a call raises when AWS refuses it or can't be reached."""


def code(error: Exception) -> str:
    """The error code that AWS gave, or the name of the error that kept the call from arriving."""
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else type(error).__name__


def sentence(error: Exception) -> str:
    """`iam:PutUserPolicy refused: AccessDenied (User … is not authorized …)`."""
    if isinstance(error, ClientError):
        return f"{error.operation_name} refused: {code(error)} ({error.response.get('Error', {}).get('Message', '')})"
    return f"no response: {type(error).__name__} ({error})"


class Aws:
    """One client per service in the home region (IAM's is global), and CloudTrail's in any."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._session = boto3.Session()
        self._cloudtrail: dict[str, Any] = {}

    def _client(self, service: str, attempts: int = 4, read_seconds: float = 5, region: str | None = None) -> Any:
        config = Config(
            retries={"mode": "standard", "max_attempts": attempts}, connect_timeout=2, read_timeout=read_seconds
        )
        return self._session.client(service, region_name=region or self._region, config=config)  # pyright: ignore[reportCallIssue, reportArgumentType]

    @cached_property
    def iam(self) -> Any:
        return self._client("iam")

    @cached_property
    def dynamodb(self) -> Any:
        # Impatient: an outage of the ledger must not hold up a containment.
        return self._client("dynamodb", attempts=2, read_seconds=2)

    @cached_property
    def s3(self) -> Any:
        return self._client("s3", attempts=2)

    @cached_property
    def sns(self) -> Any:
        return self._client("sns")

    @cached_property
    def logs(self) -> Any:
        return self._client("logs", read_seconds=20)

    @cached_property
    def cloudwatch(self) -> Any:
        return self._client("cloudwatch", attempts=2)

    def cloudtrail(self, region: str) -> Any:
        """The event history is kept by region."""
        if region not in self._cloudtrail:
            # Impatient: there may be many to ask, and what is not confirmed now is asked again by Lambda's retries.
            self._cloudtrail[region] = self._client("cloudtrail", attempts=2, read_seconds=3, region=region)
        return self._cloudtrail[region]
