"""The records that follow the one of a call: of what the called service does for the caller, one file per service.

A file of this folder has the name of the service in botocore and defines `further_records(finished, key_of)`, which
returns the records that follow a call that succeeded. A file of a new service needs no entry anywhere.
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
    """Return the records that follow the one of the call itself, in order."""
    of_service = _SERVICES.get(finished.call.service)
    return of_service(finished, key_of) if of_service and finished.response.error_code is None else []
