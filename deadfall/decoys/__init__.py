"""The decoy kinds: each file in this folder declares one subclass of `Decoy`."""

import importlib
import pkgutil
from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from deadfall.decoy import Decoy


def _kind_in(module_name: str) -> type[Decoy]:
    """Return the kind that a module declares.

    Raises:
        TypeError: the module declares no kind or several.
    """
    module = importlib.import_module(module_name)
    declared = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Decoy) and value.__module__ == module_name
    ]
    if len(declared) != 1:
        raise TypeError(f"{module_name} must declare one subclass of Decoy; it declares {len(declared)}")
    return declared[0]


KINDS: dict[str, type[Decoy]] = {
    kind.kind_name(): kind
    for kind in (_kind_in(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
}
"""The kinds by name in config."""

if TYPE_CHECKING:
    AnyDecoy = Decoy
else:
    AnyDecoy = Annotated[Union[tuple(KINDS.values())], Field(discriminator="kind")]  # noqa: UP007
