"""A decoy IAM user with an access key."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.config import GLOBAL_REGION, AccessKeyDecoy
from deadfall.names import Names, rule_key
from deadfall.rules.access_key import access_key_rule

from ..component import Component
from ..policy_document import policy_document
from .planted import Planted


@dataclass(frozen=True)
class AccessKeyHoneytokenArgs:
    names: Names
    decoy: AccessKeyDecoy
    seed: str
    detection_regions: tuple[str, ...]


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
        key_of_rule = rule_key(args.seed, args.decoy.kind, user_name)
        rule = access_key_rule(key_of_rule, user_name, user_arn, args.detection_regions)
        self.planted = Planted(
            kind=args.decoy.kind,
            name=user_name,
            region=GLOBAL_REGION,
            arn=user_arn,
            rules=(rule,),
            principal_arn=user_arn,
        )
        self.register_outputs({})
