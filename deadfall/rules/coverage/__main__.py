"""Write docs/coverage.md: `python -m deadfall.rules.coverage docs/coverage.md`."""

import sys
from pathlib import Path

from deadfall.stack_files import config_of

from ..catalog import detections
from .page import page
from .prove import coverage

STACKS = ("dev", "minimal", "prod")

if __name__ == "__main__":
    configs = [config_of(stack) for stack in STACKS]
    Path(sys.argv[1]).write_text(page([cell for each in configs for cell in coverage(each, detections(each))]))
