"""A decoy IAM user with an access key."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.config import GLOBAL_REGION, AccessKeyDecoy
from deadfall.names import Names

from ..component import Component
from ..policy_document import policy_document
from .planted import Planted


@dataclass(frozen=True)
class AccessKeyHoneytokenArgs:
    names: Names
    decoy: AccessKeyDecoy


class AccessKeyHoneytoken(Component):
    """A user who may do nothing (explicit deny) and an active access key to plant where thieves look.

    Minted by AWS in this very account: a made-up key, or one from an account known for canaries, is told apart offline
    (research: deception.md 3, evasions 3 and 4). Costs nothing. The secret half exists in encrypted stack state only.
    """

    planted: Planted

    def __init__(self, name: str, args: AccessKeyHoneytokenArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        user_name = args.decoy.user_name
        user_arn = args.names.user_arn(args.decoy)
        user = aws.iam.User(name, name=user_name, opts=self.child())
        denied = aws.iam.UserPolicy(
            name,
            name="restricted",
            user=user.name,
            policy=policy_document([{"Effect": "Deny", "Action": "*", "Resource": "*"}]),
            opts=self.child(),
        )
        # The key only after the deny: there is no moment in which it could do anything.
        aws.iam.AccessKey(name, user=user.name, opts=self.child(depends_on=[denied]))
        self.planted = Planted(
            kind=args.decoy.kind,
            name=user_name,
            region=GLOBAL_REGION,
            arn=user_arn,
            principal_arn=user_arn,
        )
        self.register_outputs({})
