"""The provider's own configuration: region, default tags, credentials and allowed accounts."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from .aws import Aws, Clients
from .values import reveal

# `skip…` disable checks of the real provider that the lab's provider does not have.
_KNOWN = frozenset(
    {
        "accessKey",
        "allowedAccountIds",
        "assumeRoles",
        "defaultTags",
        "region",
        "secretKey",
        "skipCredentialsValidation",
        "skipMetadataApiCheck",
        "skipRegionValidation",
        "token",
        "version",
    }
)


class ConfigurationError(Exception):
    """The provider's configuration is invalid; the text is one sentence."""


@dataclass(frozen=True)
class Configuration:
    """A configured provider: the caller's clients, account and default region, and the default tags."""

    clients: Clients
    account_id: str
    region: str
    default_tags: Mapping[str, str] = field(default_factory=dict)

    def aws(self, region: str | None) -> Aws:
        return Aws(self.clients, self.account_id, region or self.region)


def loopback_endpoint() -> str:
    """Return the emulator's URL from AWS_ENDPOINT_URL.

    Raises:
        ConfigurationError: the URL is missing or not on this machine; this provider must never call the real AWS.
    """
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    host = urlsplit(url).hostname or ""
    try:
        local = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise ConfigurationError(
            "the lab's AWS provider works only with an emulator on this machine: set AWS_ENDPOINT_URL to its address, "
            f"such as http://127.0.0.1:4566 (it is {url!r})"
        )
    return url


def problems(inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the problems with a provider's inputs, as (property, reason)."""
    return [(key, "is not a provider property that the lab implements") for key in sorted(set(inputs) - _KNOWN)]


def configure(inputs: Mapping[str, Any], user_agent: str) -> Configuration:
    """Create the clients, look up their account, and reject an account that is not allowed.

    Args:
        inputs: a provider resource's inputs; Pulumi sends values other than strings as JSON text.

    Raises:
        ConfigurationError: the region is missing, the credentials do not work, or the account is not allowed.
    """
    given = {key: _decode(value) for key, value in reveal(dict(inputs)).items()}
    region = given.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise ConfigurationError("the AWS provider needs a region")
    endpoint_url = loopback_endpoint()
    session = boto3.Session(
        aws_access_key_id=given.get("accessKey"),
        aws_secret_access_key=given.get("secretKey"),
        aws_session_token=given.get("token"),
    )
    clients = Clients(session, endpoint_url, user_agent)
    try:
        for role in given.get("assumeRoles", []):
            clients = Clients(_assume_role(clients, role, region), endpoint_url, user_agent)
        account_id = clients.get("sts", region).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise ConfigurationError(f"the AWS provider's credentials do not work: {error}") from error
    allowed = given.get("allowedAccountIds")
    if allowed and account_id not in allowed:
        raise ConfigurationError(
            f"the AWS provider's credentials belong to account {account_id}, but allowedAccountIds has only "
            f"{', '.join(allowed)}"
        )
    return Configuration(clients, account_id, region, given.get("defaultTags", {}).get("tags", {}))


def _decode(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(("[", "{")):
        return json.loads(value)
    return value


def _assume_role(clients: Clients, role: Mapping[str, Any], region: str) -> boto3.Session:
    optional = {"ExternalId": role["externalId"]} if role.get("externalId") else {}
    credentials = clients.get("sts", region).assume_role(
        RoleArn=role["roleArn"], RoleSessionName=role.get("sessionName", "pulumi"), **optional
    )["Credentials"]
    return boto3.Session(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
