"""The back ends, one a module, which has the name of its back end and defines BACK_END (back_end.py)."""

import pkgutil

MODULES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
NAMES = tuple(module.replace("_", "-") for module in MODULES)
"""What `deadfall.gaps` of a rule may name. Listing them imports none."""
