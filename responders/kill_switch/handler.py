"""The Lambda function's entry point: settings, manifest and clients are made once per environment."""

import os
from functools import cache
from pathlib import Path
from typing import Any

from . import manifest
from .aws import Aws
from .respond import respond
from .settings import Settings


@cache
def _deployed() -> tuple[Settings, manifest.Manifest, Aws]:
    settings = Settings.from_environment(os.environ)
    return settings, manifest.load(Path(__file__).parent.parent / "detections.json"), Aws(settings.home_region)


def lambda_handler(event: object, context: object) -> dict[str, Any]:
    """See `respond`, which raises what makes Lambda try again."""
    return respond(event, *_deployed())
