"""Honeytokens: every file in this folder has the component that plants one kind of decoy."""

import importlib
import pkgutil

import pulumi

from deadfall.config import StackConfig
from deadfall.decoy import Decoy
from deadfall.names import Names

from ..honeytoken import Honeytoken, HoneytokenArgs

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

HONEYTOKENS = tuple(Honeytoken.__subclasses__())
"""The components, one for each kind of decoy."""

_BY_KIND = {component.plants: component for component in HONEYTOKENS}


def plant(config: StackConfig, decoy: Decoy, opts: pulumi.ResourceOptions) -> Honeytoken:
    """Create the honeytoken that a decoy of the stack config describes."""
    names = Names.of(config)
    region = decoy.planted_in(names)
    return _BY_KIND[type(decoy)](
        f"{decoy.decoy_name}-{region}" if region else decoy.decoy_name,
        HoneytokenArgs(names, decoy, config.decoy_seed.get_secret_value()),
        opts=opts,
    )
