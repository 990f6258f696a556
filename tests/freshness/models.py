"""The API operations in one version of botocore."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

# Reads, by their first word. CloudTrail records some of them as writes.
_READ = re.compile(
    r"(BatchGet|BatchCheck|Get|List|Describe|Lookup|Search|Filter|Head|Test|Simulate|Is|Validate)(?=[A-Z])"
)
_RECORDED_AS_WRITES = frozenset({"GetFederationToken", "GetSessionToken"})  # docs/aws-facts.md, sts-tokens-are-writes
_GIVES_ACCESS = frozenset({"GetWebIdentityToken", "GetScopedCredentials", "GetDelegatedAccessToken"})
_CREDENTIAL = re.compile(r"secretaccesskey|secretkey", re.IGNORECASE)
_DEEPEST = 4


@dataclass(frozen=True)
class Models:
    """The service models in a folder `botocore/data`."""

    data: Path

    @cached_property
    def services(self) -> list[str]:
        return self._loader.list_available_services("service-2")

    def operations(self, service: str) -> Mapping[str, Any]:
        return self._model(service)["operations"] if service in self.services else {}

    def writes(self, service: str) -> list[str]:
        """Return the operations that change something or give access."""
        return [name for name in self.operations(service) if is_write(name)]

    @cached_property
    def by_source(self) -> Mapping[str, frozenset[str]]:
        """The names of operations by CloudTrail's event source, without `.amazonaws.com`."""
        found: dict[str, set[str]] = {}
        for service in self.services:
            meta = self._model(service)["metadata"]
            for source in {service, meta["endpointPrefix"], meta.get("signingName", service)}:
                found.setdefault(source, set()).update(self.operations(service))
        return {source: frozenset(names) for source, names in found.items()}

    @cached_property
    def give_credentials(self) -> list[str]:
        """The operations of all services that return a secret access key, as `service:Operation`."""
        return [
            f"{service}:{name}"
            for service in self.services
            for name, operation in self.operations(service).items()
            if "output" in operation and self._has_credential(service, operation["output"]["shape"], _DEEPEST)
        ]

    def members(self, service: str, shape: str) -> list[str]:
        """Return the names of a structure's members."""
        return list(self._model(service)["shapes"][shape]["members"])

    def _has_credential(self, service: str, shape: str, depth: int) -> bool:
        found = self._model(service)["shapes"][shape]
        if depth == 0:
            return False
        if found["type"] == "list":
            return self._has_credential(service, found["member"]["shape"], depth - 1)
        return any(
            _CREDENTIAL.fullmatch(name) or self._has_credential(service, member["shape"], depth - 1)
            for name, member in found.get("members", {}).items()
        )

    def _model(self, service: str) -> Mapping[str, Any]:
        return _read(self._loader, service)

    @cached_property
    def _loader(self) -> Loader:
        return Loader(extra_search_paths=[str(self.data)], include_default_search_paths=False)


@cache
def _read(loader: Loader, service: str) -> Mapping[str, Any]:
    return loader.load_service_model(service, "service-2")


def is_write(operation: str) -> bool:
    return operation in _RECORDED_AS_WRITES | _GIVES_ACCESS or not _READ.match(operation)


def without_version(event_name: str) -> Iterator[str]:
    """Return the names of operations that CloudTrail may record under this name: Lambda's end in the API's version."""
    yield event_name
    if versioned := re.fullmatch(r"(\w+?)20\d{6}(v\d)?", event_name):
        yield versioned[1]
