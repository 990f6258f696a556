"""Says in a preview how much of what can be done to the decoys is seen."""

from collections.abc import Sequence

import pulumi

from deadfall.config import StackConfig
from deadfall.rules.coverage.cell import summary
from deadfall.rules.coverage.prove import coverage
from deadfall.rules.detection import StackDetection


def tell_coverage(config: StackConfig, detections: Sequence[StackDetection]) -> None:
    """One line of the preview; a warning where there is a hole."""
    if not pulumi.runtime.is_dry_run():
        return
    cells = coverage(config, detections)
    tell = pulumi.log.warn if any(cell.status == "hole" for cell in cells) else pulumi.log.info
    tell(summary(cells))
