"""The base of all honeytokens: components that plant one kind of decoy each."""

from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import pulumi

from deadfall.decoy import Decoy
from deadfall.names import GLOBAL_REGION, Names

from .component import Component

D = TypeVar("D", bound=Decoy)


@dataclass(frozen=True)
class HoneytokenArgs(Generic[D]):
    """`seed` is the secret that the values of decoys are derived from."""

    names: Names
    decoy: D
    seed: str


class Honeytoken(Component, Generic[D]):
    """A planted decoy. A subclass sets `arn`: the full ARN, which AWS completes with random characters for some kinds.

    Attributes:
        plants: the kind of decoy that the subclass plants.
    """

    plants: ClassVar[type[Decoy]]
    arn: pulumi.Input[str]

    def __init__(self, name: str, args: HoneytokenArgs[D], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args

    @property
    def described(self) -> pulumi.Output[dict[str, object]]:
        """The decoy as the responder's manifest describes it (responders/kill_switch/manifest.py)."""
        decoy, names = self._args.decoy, self._args.names
        return pulumi.Output.from_input(self.arn).apply(
            lambda arn: {
                "kind": decoy.kind,
                "name": decoy.decoy_name,
                "arn": arn,
                "region": decoy.planted_in(names) or GLOBAL_REGION,
                "identifiers": list(decoy.identifiers(names, arn)),
                "callers": list(decoy.callers(names)),
            }
        )
