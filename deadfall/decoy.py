"""The interface of decoy kinds: config, ARN, identifiers in records, ways to touch the decoy.

A kind is one file in `deadfall/decoys/`, and the component that plants it is one file in `components/honeytokens/`.
Config, rules, coverage, the responder's manifest and hunts depend only on what a kind declares here.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, get_args

from .field_types import Model, Region
from .names import Names
from .touches.touch import Touch

Placeholders = Mapping[str, tuple[str, ...]]
"""The values of Sigma placeholders, by name; literal text without wildcards."""


class Decoy(Model, ABC):
    """One decoy of a stack's config. A kind declares the field `kind` as a Literal, which is its name in config.

    Identifiers and callers are shell-style patterns: `*` is any text, `?` one character, `[…]` one of several, and
    everything else is literal.
    """

    title: ClassVar[str]
    """The kind's name in documents, such as "A decoy secret"."""
    most: ClassVar[int | None] = None
    """Maximum number per stack, if AWS limits the rules that watch them."""
    ignores_case: ClassVar[bool] = False
    """Whether AWS treats names as case-insensitive."""
    needs_kms_events: ClassVar[bool] = False
    """Whether both paths need the trail's KMS events to detect a read."""
    compulsory_detections: ClassVar[tuple[str, ...]]
    """Detections without which an essential touch of such a decoy is not detected on both paths."""
    names_placeholder: ClassVar[str]
    arns_placeholder: ClassVar[str]
    """The placeholders for the names and the ARNs of all the stack's decoys of the kind."""
    example: ClassVar[Mapping[str, str]]
    """A decoy of the kind as stack config, for generated documents."""

    kind: Any  # a Literal in each kind

    @classmethod
    def kind_name(cls) -> str:
        """Return the value of `kind` in config."""
        return get_args(cls.model_fields["kind"].annotation)[0]

    @property
    @abstractmethod
    def decoy_name(self) -> str:
        """The name that config gives the decoy, as AWS shows it."""

    def planted_in(self, names: Names) -> str | None:
        """Return the region that the decoy is in, or None for a global resource."""
        return None

    @classmethod
    def of_resource(cls, resource_type: str, inputs: Mapping[str, Any]) -> "Decoy | None":
        """Return the decoy that a Pulumi resource is, whatever stack config lists; None for any other resource."""
        return None

    def identity(self, names: Names) -> tuple[str, ...]:
        """Return values that identify this decoy within the stack."""
        region = self.planted_in(names)
        return (self.kind, self.decoy_name, *((region,) if region else ()))

    @abstractmethod
    def arn(self, names: Names) -> str:
        """Return the ARN as far as config determines it, without characters that AWS appends at random."""

    @abstractmethod
    def identifiers(self, names: Names, arn: str | None = None) -> tuple[str, ...]:
        """Return every value that names the decoy in a call's parameters or a denied call's message.

        Args:
            arn: the full ARN, once the decoy is planted; None leaves a pattern for what AWS appends.
        """

    def callers(self, names: Names) -> tuple[str, ...]:
        """Return the values that name the decoy as the caller (ARN or user name), if it is a principal."""
        return ()

    def principal_arn(self, names: Names) -> str | None:
        """Return the decoy's ARN if it is a principal that can make calls."""
        return None

    def placeholders(self, names: Names) -> Placeholders:
        """Return the placeholders of a rule with `deadfall.decoy`, for this decoy."""
        return {"decoy_name": (self.decoy_name,), "decoy_arn": (self.arn(names),)}

    @classmethod
    def placeholders_of_all(cls, decoys: Sequence["Decoy"], names: Names) -> Placeholders:
        """Return the placeholders of any other rule, for all the stack's decoys of this kind."""
        return {
            cls.names_placeholder: tuple(decoy.decoy_name for decoy in decoys),
            cls.arns_placeholder: tuple(decoy.arn(names) for decoy in decoys),
        }

    def warnings(self) -> Sequence[str]:
        """Return possible problems that config alone can't confirm, as sentences that name the remedy."""
        return ()

    def is_matched_with(self, other: "Decoy", names: Names) -> bool:
        """Return whether the rules of another decoy of the kind also match touches of this one."""
        return False

    @abstractmethod
    def touches(self, names: Names, region: str) -> Sequence[Touch]:
        """Return every way to touch the decoy, by outcome, whose records appear in a region."""


class RegionalDecoy(Decoy):
    """A decoy in one region: the home region unless config names another."""

    region: Region | None = None

    def planted_in(self, names: Names) -> str:
        return self.region or names.home


def config_keys(decoy: type[Decoy]) -> dict[str, Any]:
    """Return the example of a kind as an entry of `decoys` in stack config."""
    return {"kind": decoy.kind_name(), **decoy.example}
