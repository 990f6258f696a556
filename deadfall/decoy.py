"""What every kind of decoy declares: its config, its ARN, the identifiers in records, the ways to touch it.

A kind is one file in `deadfall/decoys/`, and the component that plants it is one file in `components/honeytokens/`.
Nothing else knows kinds: config, rules, coverage, the responder's manifest and the hunt go by what is declared here.
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
    """The kind in documents: "A decoy secret"."""
    most: ClassVar[int | None] = None
    """How many a stack may plant, if AWS limits what watches them."""
    ignores_case: ClassVar[bool] = False
    """Whether AWS treats names that differ by case as one name."""
    needs_kms_events: ClassVar[bool] = False
    """Whether the trail must record KMS events for a read to be noticed on both paths."""
    names_placeholder: ClassVar[str]
    arns_placeholder: ClassVar[str]
    """What rules that are made once for a stack call the names, and the ARNs, of all its decoys of the kind."""
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
        """Return what tells this decoy from the others of the stack."""
        region = self.planted_in(names)
        return (self.kind, self.decoy_name, *((region,) if region else ()))

    @abstractmethod
    def arn(self, names: Names) -> str:
        """Return the ARN as far as config determines it, without characters that AWS appends at random."""

    @abstractmethod
    def identifiers(self, names: Names, arn: str | None = None) -> tuple[str, ...]:
        """Return every value that names the decoy in a call's parameters or in the message of a denied call.

        Args:
            arn: the full ARN, once the decoy is planted; None leaves a pattern for what AWS appends.
        """

    def callers(self, names: Names) -> tuple[str, ...]:
        """Return what names the decoy as the caller (ARN or user name), if it is a principal."""
        return ()

    def principal_arn(self, names: Names) -> str | None:
        """Return the ARN of the principal that the decoy is, if it can make calls itself."""
        return None

    def placeholders(self, names: Names) -> Placeholders:
        """Return the placeholders of a rule that is made once for each decoy of this kind."""
        return {"decoy_name": (self.decoy_name,), "decoy_arn": (self.arn(names),)}

    @classmethod
    def placeholders_of_all(cls, decoys: Sequence["Decoy"], names: Names) -> Placeholders:
        """Return the placeholders of a rule that is made once for a stack: of all its decoys of this kind."""
        return {
            cls.names_placeholder: tuple(decoy.decoy_name for decoy in decoys),
            cls.arns_placeholder: tuple(decoy.arn(names) for decoy in decoys),
        }

    def warnings(self) -> Sequence[str]:
        """Return what may go wrong with the decoy that config alone can't tell, in sentences that name the remedy."""
        return ()

    @abstractmethod
    def touches(self, names: Names, region: str) -> Sequence[Touch]:
        """Return every way and outcome of touching the decoy whose records appear in a region."""


class RegionalDecoy(Decoy):
    """A decoy that is in one region: the home region unless config names another."""

    region: Region | None = None

    def planted_in(self, names: Names) -> str:
        return self.region or names.home


def config_keys(decoy: type[Decoy]) -> dict[str, Any]:
    """Return the example of a kind as an entry of `decoys` in stack config."""
    return {"kind": decoy.kind_name(), **decoy.example}
