"""What all tests share."""

import json
import signal
from pathlib import Path

from hypothesis import HealthCheck, settings

# Who runs the tests in the background of a script has them ignore Ctrl-C, and what they start as well; some send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine is not a broken test: no deadlines, and the first draw may be slow (it builds Unicode tables).
settings.register_profile("deadfall", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("deadfall")

ROOT = Path(__file__).parent.parent

# For tests that bring a stack up and are not about single detections: the others would only cost time.
FEW_DETECTIONS = {
    "*": "none",
    "decoy_secret_read": "default",
    "decoy_secret_batch_read": "default",
    "decoy_secret_decrypt": "default",
    "decoy_key_used": "default",
    "root_use": "default",
    "cloudtrail_tampering": "default",
}
LEAN = {"deadfall:detections": json.dumps(FEW_DETECTIONS)}
"""Overrides of a stack's config."""
