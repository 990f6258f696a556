"""The back ends: each module is named after its back end and defines BACK_END (back_end.py)."""

import pkgutil

MODULES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
NAMES = tuple(module.replace("_", "-") for module in MODULES)
"""The names for `deadfall.gaps`, listed without importing the back ends."""
