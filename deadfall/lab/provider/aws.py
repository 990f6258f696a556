"""Access to the emulator for one caller: clients, the account, the region."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

PARTITION = "aws"


class Clients:
    """Cached boto3 clients of one caller. Clients are thread-safe, but creating them is slow and not thread-safe."""

    def __init__(self, session: boto3.Session, endpoint_url: str, user_agent: str) -> None:
        self._session = session
        self._endpoint_url = endpoint_url
        self._config = Config(
            user_agent_extra=user_agent,
            max_pool_connections=32,
            s3={"addressing_style": "path"},
            retries={"mode": "standard"},
        )
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def get(self, service: str, region: str) -> Any:
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._session.client(
                    service,  # pyright: ignore[reportArgumentType, reportCallIssue] its overloads want literals
                    region_name=region,
                    endpoint_url=self._endpoint_url,
                    config=self._config,
                )
            return self._clients[service, region]


@dataclass(frozen=True)
class Aws:
    """One region of one account, with the clients of one caller."""

    clients: Clients
    account_id: str
    region: str

    def client(self, service: str) -> Any:
        return self.clients.get(service, self.region)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{PARTITION}:{service}:{self.region}:{self.account_id}:{resource}"


def tag_list(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Convert tags to the list format of most services."""
    return [{key: k, value: v} for k, v in sorted(tags.items())]


def tag_map(tags: list[dict[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Convert tags to Pulumi's format, without the `aws:` tags, which AWS manages."""
    return {tag[key]: tag[value] for tag in tags if not tag[key].startswith("aws:")}
