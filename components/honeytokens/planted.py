"""What every kind of honeytoken gives to the rest of the program."""

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class Planted:
    """A decoy that is in the account.

    `arn` is what the responder confirms a sighting with (an ARN that AWS made, where it has a random part);
    `principal_arn` is set for decoys that can act themselves.
    """

    kind: str
    name: str
    region: str
    arn: pulumi.Input[str]
    principal_arn: str | None = None
