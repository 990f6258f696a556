"""Honeytokens: one file per kind of decoy, planted by kind."""

import pulumi

from deadfall.config import AccessKeyDecoy, Decoy, StackConfig
from deadfall.names import Names

from .access_key import AccessKeyHoneytoken, AccessKeyHoneytokenArgs
from .planted import Planted
from .secret import SecretHoneytoken, SecretHoneytokenArgs

__all__ = ["Planted", "plant"]


def plant(config: StackConfig, names: Names, decoy: Decoy, opts: pulumi.ResourceOptions) -> Planted:
    """Make the honeytoken that a decoy of the stack config asks for."""
    if isinstance(decoy, AccessKeyDecoy):
        access_key = AccessKeyHoneytokenArgs(names=names, decoy=decoy)
        return AccessKeyHoneytoken(decoy.user_name, access_key, opts=opts).planted
    secret = SecretHoneytokenArgs(names=names, decoy=decoy, seed=config.decoy_seed.get_secret_value())
    region = decoy.region or names.home
    return SecretHoneytoken(f"{decoy.name}-{region}", secret, opts=opts).planted
