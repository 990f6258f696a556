"""Additional records of a call, for actions that the called service performs for its caller. One file per service.

Each file has botocore's name of the service and defines `further_records(finished, key_of)`, which returns the
additional records of a successful call. Files are discovered; a new one needs no registration.
"""

import importlib
import pkgutil
from typing import Any

from ..key_use import KeyOf
from ..record import FinishedCall

_SERVICES = {
    file.name: importlib.import_module(f"{__name__}.{file.name}").further_records
    for file in pkgutil.iter_modules(__path__)
}


def further_records(finished: FinishedCall, key_of: KeyOf) -> list[dict[str, Any]]:
    """Return the additional records of a call, in order."""
    of_service = _SERVICES.get(finished.call.service)
    return of_service(finished, key_of) if of_service and finished.response.error_code is None else []
