"""A decoy IAM user with an access key."""

import pulumi
import pulumi_aws as aws

from deadfall.decoys.access_key import AccessKeyDecoy

from ..honeytoken import Honeytoken, HoneytokenArgs
from ..policy_document import policy_document


class AccessKeyHoneytoken(Honeytoken[AccessKeyDecoy]):
    """A user who may do nothing (explicit deny) and an active access key to plant where thieves look.

    AWS issues the key in this very account: a made-up key, or one from an account known for canaries, is recognized
    offline (docs/aws-facts.md, key-id-encodes-account). It costs nothing. The secret half exists only in
    encrypted stack state.
    """

    plants = AccessKeyDecoy

    def __init__(
        self, name: str, args: HoneytokenArgs[AccessKeyDecoy], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, args, opts)
        user = aws.iam.User(name, name=args.decoy.user_name, opts=self.child())
        denied = aws.iam.UserPolicy(
            name,
            name="restricted",
            user=user.name,
            policy=policy_document([{"Effect": "Deny", "Action": "*", "Resource": "*"}]),
            opts=self.child(),
        )
        # The key only after the deny: there is no moment in which it could do anything.
        aws.iam.AccessKey(name, user=user.name, opts=self.child(depends_on=[denied]))
        self.arn = args.decoy.arn(args.names)
        self.register_outputs({})
