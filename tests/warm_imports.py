"""Import, and compute once, what the engine's processes need: `tests.warm` forks a process that has run this."""

import importlib

from deadfall.lab.provider.resource_types import RESOURCE_TYPES
from deadfall.rules.sigma.canonical import canonical

_MODULES = (
    "components.account",
    "deadfall.lab.engine.program",
    "deadfall.lab.provider.__main__",
    "deadfall.rules.catalog",
    "tests.warm",
)

for module in _MODULES:
    importlib.import_module(module)
for module in sorted({pulumi_type.split(":")[1].partition("/")[0] for pulumi_type in RESOURCE_TYPES}):
    service = importlib.import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}")
    hasattr(service, "any")  # loads the module, which pulumi_aws defers
canonical("eventName", "")  # reads the names of all API calls
