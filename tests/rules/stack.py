"""Stack configs and their detections for tests, compiled once or only for selected rules."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from deadfall.config import StackConfig, parse
from deadfall.rules import catalog, render_docs
from deadfall.rules.detection import StackDetection
from deadfall.stack_files import config_of

ACCOUNT = "111122223333"
DEPLOY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"


def stack(**changes: object) -> StackConfig:
    values = {
        "accountId": ACCOUNT,
        "regions": ["eu-west-1", "us-east-1"],
        "deployRoleArn": DEPLOY_ROLE,
        "alertEmails": ["soc@example.com"],
        "decoySeed": "0123456789abcdef0123456789abcdef",
        "decoys": [{"kind": "secret", "name": "a"}, {"kind": "secret", "name": "b", "region": "us-east-1"}],
        **changes,
    }
    return parse({key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()})


def shipped(name: str, **changes: object) -> StackConfig:
    """Return the config of Pulumi.<name>.yaml with the lab's seed and these overrides."""
    told = {f"deadfall:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in changes.items()}
    return config_of(name, told)


_compile = catalog.detections
_compiled: list[tuple[StackConfig, Sequence[StackDetection]]] = []


def compiled_once(config: StackConfig) -> list[StackDetection]:
    """Return what `catalog.detections` returns, which is called once for equal configs.

    A test of a command may put it in the place of `catalog.detections`.
    """
    for known, found in _compiled:
        if known == config:
            return list(found)
    _compiled.append((config, tuple(_compile(config))))
    return compiled_once(config)


def detections_of(name: str) -> Sequence[StackDetection]:
    """Return the detections of Pulumi.<name>.yaml, with the lab's seed."""
    return compiled_once(config_of(name))


def detections_of_example() -> Sequence[StackDetection]:
    """Return the detections of the stack that docs/detections.md shows."""
    return compiled_once(render_docs.example())


def detections_of_rules(config: StackConfig, *names: str) -> list[StackDetection]:
    """Return the detections of these shipped rules; without reading or compiling the others."""
    with TemporaryDirectory() as folder:
        for name in names:
            shutil.copy(catalog.DETECTIONS / f"{name}.yml", folder)
        return catalog.detections(config, Path(folder))
