"""What all tests share."""

from pathlib import Path

from hypothesis import HealthCheck, settings

# A slow machine is not a broken test: no deadlines, and the first draw may be slow (it builds Unicode tables).
settings.register_profile("deadfall", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("deadfall")

ROOT = Path(__file__).parent.parent
