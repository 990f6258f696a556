"""Import, and compute once, what the engine's processes need: `tests.warm` forks a process that has run this."""

import importlib

from deadfall.rules.sigma.canonical import canonical

_MODULES = (
    "components.account",
    "deadfall.lab.engine.program",
    "deadfall.lab.provider.__main__",
    "deadfall.rules.catalog",
    "tests.warm",
)
_AWS_SERVICES = (
    *("athena", "cloudtrail", "cloudwatch", "dynamodb", "glue", "iam", "kms", "lambda_", "s3", "secretsmanager"),
    *("sns", "sqs"),
)

for module in _MODULES:
    importlib.import_module(module)
for service in _AWS_SERVICES:
    hasattr(importlib.import_module(f"pulumi_aws.{service}"), "any")  # loads the module, which pulumi_aws defers
canonical("eventName", "")  # reads the names of all API calls
