"""A decoy Secrets Manager secret."""

import pulumi
import pulumi_aws as aws

from deadfall.decoys.secret import SecretDecoy

from ..database_content import database_secret
from ..honeytoken import Honeytoken, HoneytokenArgs


class SecretHoneytoken(Honeytoken[SecretDecoy]):
    """A secret with database credentials that open nothing, encrypted with the account's `aws/secretsmanager` key.

    That key suffices for the second net: every read of the value leaves a KMS Decrypt record with the secret's full ARN
    (docs/aws-facts.md, kms-decrypt-behind-secret-read), and it costs nothing. The secret costs a secret month.
    """

    plants = SecretDecoy

    def __init__(
        self, name: str, args: HoneytokenArgs[SecretDecoy], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, args, opts)
        decoy = args.decoy
        region = decoy.planted_in(args.names)
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
        self.arn = secret.arn
        self.register_outputs({})
