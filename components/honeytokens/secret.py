"""A decoy Secrets Manager secret."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.config import SecretDecoy
from deadfall.names import Names

from ..component import Component
from .content import database_secret
from .planted import Planted


@dataclass(frozen=True)
class SecretHoneytokenArgs:
    names: Names
    decoy: SecretDecoy
    seed: str


class SecretHoneytoken(Component):
    """A secret with database credentials that open nothing, encrypted with the account's `aws/secretsmanager` key.

    That key is enough for the second net: every read of the value leaves a KMS Decrypt record with the secret's full
    ARN (research: deception.md 2.3), and it costs nothing. The secret itself costs a secret month.
    """

    planted: Planted

    def __init__(self, name: str, args: SecretHoneytokenArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        decoy, names = args.decoy, args.names
        region = decoy.region or names.home
        secret = aws.secretsmanager.Secret(
            name,
            name=decoy.name,
            description=decoy.description or None,
            recovery_window_in_days=0,  # nothing to recover, and the name is free again at once
            region=region,
            opts=self.child(),
        )
        aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(database_secret(decoy, region, args.seed)),
            region=region,
            opts=self.child(),
        )
        self.planted = Planted(kind=decoy.kind, name=decoy.name, region=region, arn=secret.arn)
        self.register_outputs({})
