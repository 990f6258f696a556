"""Import, and compute once, what the lab's processes need: `tests.warm` forks a process that has run this."""

import importlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import yaml

from deadfall.lab.provider.resource_types import RESOURCE_TYPES
from deadfall.rules.sigma.canonical import canonical
from tests import aws_models
from tests.warm_server import PLACEHOLDERS

_FOR_ALL_SERVERS = {
    "AUTH": "true",
    "BIND_HOST": "127.0.0.1",
    "IOT_MTLS_ENABLED": "0",
    "LAMBDA_EXECUTOR": "local",
    "LOG_LEVEL": "WARNING",
    "SFTP_ENABLED": "0",
}
_MODULES = (
    "components.account",
    "deadfall.lab.engine.program",
    "deadfall.lab.provider.__main__",
    "deadfall.rules.catalog",
    "tests.warm",
)
_AWS_SERVICES = sorted({pulumi_type.split(":")[1].partition("/")[0] for pulumi_type in RESOURCE_TYPES})
# What the server loads when a service is first called, of those that most tests call: MiniStack's module, AWS's model.
_OF_MINISTACK = (
    *("cloudwatch", "cloudwatch_logs", "dynamodb", "eventbridge", "iam", "kms", "lambda_svc", "s3", "secretsmanager"),
    *("sns", "sqs", "sts"),
)
_MODELS = (
    *("cloudtrail", "cloudwatch", "dynamodb", "events", "iam", "kms", "lambda", "logs", "s3", "secretsmanager", "sns"),
    *("sqs", "sts"),
)


@contextmanager
def _environment_of_servers() -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update({**_FOR_ALL_SERVERS, **PLACEHOLDERS})
    yield
    os.environ.clear()
    os.environ.update(before)


def _main() -> None:
    aws_models.read_once()
    for module in _MODULES:
        importlib.import_module(module)
    for service in _AWS_SERVICES:
        module = importlib.import_module(f"pulumi_aws.{'lambda_' if service == 'lambda' else service}")
        hasattr(module, "any")  # loads the module, which pulumi_aws defers
    canonical("eventName", "")  # reads the names of all API calls
    yaml.SafeLoader = yaml.CSafeLoader  # type: ignore[misc] reads the same, ten times as fast
    with _environment_of_servers():
        handlers = list(logging.root.handlers)
        wire = importlib.import_module("deadfall.lab.request_parser")
        importlib.import_module("deadfall.lab.server")
        for module in _OF_MINISTACK:
            importlib.import_module(f"ministack.services.{module}")
        for model in _MODELS:
            wire.service_model(model)
        logging.root.handlers[:] = handlers
    # Last: imported earlier, they leave the forked servers without IAM enforcement, for a reason not yet known.
    for module in importlib.import_module("guardrails.pack").modules():
        importlib.import_module(module)


_main()
