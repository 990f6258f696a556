"""What all tests share."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import aws_models, warm

ROOT = Path(__file__).parent.parent

# An environment that forbids byte code beside the sources gets it elsewhere: without any, each process of a test
# compiles its modules anew.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(ROOT / ".pytest_cache" / "bytecode")

# Who runs the tests in the background of a script has them ignore Ctrl-C, and what they start as well; some send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

aws_models.read_once()

# A slow machine is not a broken test: no deadlines, and the first draw may be slow (it builds Unicode tables).
settings.register_profile("deadfall", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("deadfall")

# For tests that bring a stack up and are not about single detections: the others would only cost time.
FEW_DETECTIONS = {
    "*": "none",
    "decoy_*_read": "default",
    "decoy_*_listed": "default",
    "decoy_*_decrypt": "default",
    "decoy_key_used": "default",
    "root_use": "default",
    "cloudtrail_tampering": "default",
    "cloudtrail_selectors_reduced": "default",
}
LEAN = {"deadfall:detections": json.dumps(FEW_DETECTIONS)}
"""Overrides of a stack's config."""


@pytest.fixture(scope="session", autouse=True)
def _warm() -> Iterator[None]:
    """Fork the processes of engine and emulator instead of starting Python anew for each."""
    with pytest.MonkeyPatch.context() as patch:
        warm.install(patch)
        yield
    warm.stop()


@pytest.fixture
def cold() -> Iterator[None]:
    """Start the processes of engine and emulator as the product does, each in a new Python."""
    with pytest.MonkeyPatch.context() as patch:
        warm.uninstall(patch)
        yield


def pytest_configure() -> None:
    """Handle SIGTERM like Ctrl-C: fixtures stop what they started, such as labs that outlive a terminated process."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
