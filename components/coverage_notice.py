"""Log during `pulumi preview` which touches of the decoys would be detected, and what may be wrong with a decoy."""

from collections.abc import Sequence

import pulumi

from deadfall.config import StackConfig
from deadfall.rules.coverage.cell import summary
from deadfall.rules.coverage.prove import coverage
from deadfall.rules.detection import StackDetection


def log_coverage(config: StackConfig, detections: Sequence[StackDetection]) -> None:
    """Log a line on the coverage, as a warning if there is a hole, and each warning about a decoy."""
    if not pulumi.runtime.is_dry_run():
        return
    for index, decoy in enumerate(config.decoys):
        for warning in decoy.warnings():
            pulumi.log.warn(f"deadfall:decoys[{index}]: {warning}")
    cells = coverage(config, detections)
    log = pulumi.log.warn if any(cell.status == "hole" for cell in cells) else pulumi.log.info
    log(summary(cells))
