"""What a version of botocore has that neither the shipped rules nor `not_watched.yml` know, and the reverse."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from responders.kill_switch.permissions import PERMISSIONS

from .models import Models, without_version
from .named import named_calls, names_call

LISTS = Path(__file__).parent / "not_watched.yml"

# Services of botocore, with the event source of their calls in CloudTrail.
WATCHED = {
    "iam": "iam",
    "sts": "sts",
    "signin": "signin",
    "cloudtrail": "cloudtrail",
    "logs": "logs",
    "events": "events",
    "eventbridgev2": "events",
    "guardduty": "guardduty",
    "organizations": "organizations",
    "kms": "kms",
    "secretsmanager": "secretsmanager",
}
IDENTITIES = ("AccessKeyDetails", "Actor", "User", "Session")  # who acted, in GuardDuty's findings


@dataclass(frozen=True)
class Lists:
    """The reviewed names in `not_watched.yml`."""

    not_watched: Mapping[str, Mapping[str, str]]
    """By service, the calls that no rule names, with the reason."""
    credentials: Mapping[str, str]
    other_names: Mapping[str, Sequence[str]]
    """By event source, names of events that are no operations, such as ConsoleLogin."""
    identity_fields: Mapping[str, Sequence[str]]
    newer_than_installed: Sequence[str]
    """As `service:Call`, the names that the pinned botocore does not have yet."""

    @classmethod
    def read(cls, file: Path = LISTS) -> "Lists":
        content = yaml.safe_load(file.read_text())
        return cls(
            {service: _by_call(groups) for service, groups in content["not_watched"].items()},
            _by_call(content["credentials"]),
            content["other_names"],
            content["identity_fields"],
            content["newer_than_installed"],
        )


def _by_call(groups: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    calls = [(call, group["reason"]) for group in groups for call in group["calls"].split()]
    found = dict(calls)
    if len(found) != len(calls):
        raise ValueError(f"{LISTS.name}: a call is listed twice: {sorted(call for call, _ in calls)}")
    return found


@dataclass(frozen=True)
class Report:
    """The comparison of the shipped rules with one version of botocore."""

    models: Models
    lists: Lists

    @cached_property
    def new(self) -> list[str]:
        """The findings that need a decision: new calls and fields."""
        return [*self._unwatched(), *self._credentials(), *self._identity_fields()]

    @cached_property
    def unknown(self) -> list["UnknownName"]:
        """The names that this botocore lacks: misspelt, removed, or newer."""
        return [*self._unknown_in_rules(), *self._unknown_in_lists(), *self._unknown_actions()]

    def watched(self, service: str) -> list[str]:
        return [name for name in self.models.writes(service) if names_call(WATCHED[service], name)]

    def _unwatched(self) -> Iterator[str]:
        for service, source in WATCHED.items():
            listed = self.lists.not_watched.get(service, {})
            for name in self.models.writes(service):
                if name not in listed and not names_call(source, name):
                    yield f"{service}:{name} is in no rule; name it in one, or list it with a reason in {LISTS.name}"

    def _credentials(self) -> Iterator[str]:
        for call in self.models.give_credentials:
            service, _, name = call.partition(":")
            if call not in self.lists.credentials and not names_call(service, name):
                yield f"{call} returns credentials and is in no rule; name it in one, or list it under credentials"

    def _identity_fields(self) -> Iterator[str]:
        for shape in IDENTITIES:
            for member in self.models.members("guardduty", shape):
                if member not in self.lists.identity_fields[shape]:
                    yield f"guardduty {shape}.{member} is new; read it if it shows who acted, then list it"

    def _unknown_in_rules(self) -> Iterator["UnknownName"]:
        for call in named_calls():
            known = self.models.by_source.get(call.source, frozenset())
            if call.name in self.lists.other_names.get(call.source, ()):
                continue
            if not any(name in known for name in without_version(call.name)):
                yield UnknownName(call.rule, call.source, call.name)

    def _unknown_in_lists(self) -> Iterator["UnknownName"]:
        for service, calls in self.lists.not_watched.items():
            for name in calls:
                if name not in self.models.operations(service):
                    yield UnknownName(LISTS.name, service, name)

    def _unknown_actions(self) -> Iterator["UnknownName"]:
        actions = {action for permission in PERMISSIONS for action in permission.actions}
        for action in sorted(actions):
            service, _, name = action.partition(":")
            if name not in self.models.by_source.get(service, frozenset()):
                yield UnknownName("the responder's role", service, name)


@dataclass(frozen=True)
class UnknownName:
    """A call that botocore does not have, and where it is named."""

    where: str
    service: str
    name: str

    def __str__(self) -> str:
        return f"{self.where}: {self.service} has no call {self.name}; correct or remove it"
