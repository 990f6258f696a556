"""A decoy Parameter Store parameter."""

import pulumi
import pulumi_aws as aws

from deadfall.decoys.parameter import ParameterDecoy

from ..derived_value import password
from ..honeytoken import Honeytoken, HoneytokenArgs


class ParameterHoneytoken(Honeytoken[ParameterDecoy]):
    """A SecureString with a token that opens nothing, encrypted with the account's `aws/ssm` key.

    That key suffices for the second net: every read with decryption leaves a KMS Decrypt record with the parameter's
    ARN (docs/aws-facts.md, kms-decrypt-behind-parameter). Key and parameter cost nothing.
    """

    plants = ParameterDecoy

    def __init__(
        self, name: str, args: HoneytokenArgs[ParameterDecoy], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, args, opts)
        decoy = args.decoy
        parameter = aws.ssm.Parameter(
            name,
            name=decoy.name,
            type=aws.ssm.ParameterType.SECURE_STRING,
            value=pulumi.Output.secret(password(args.seed, decoy.arn(args.names))),
            description=decoy.description or None,
            region=decoy.planted_in(args.names),
            opts=self.child(),
        )
        self.arn = parameter.arn
        self.register_outputs({})
