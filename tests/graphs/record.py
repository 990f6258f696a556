"""Records what `pulumi preview --json` gives, for `make graphs`. Review it as the change of infrastructure it is."""

import shutil

from deadfall.lab.engine import DeploymentError

from . import graph
from .previews import PREVIEWS, of_pulumi, recording


def main() -> None:
    if not shutil.which("pulumi"):
        raise SystemExit(
            "No graph was recorded: that needs the pulumi CLI on PATH (https://www.pulumi.com/docs/iac/download-install/)."
        )
    recordings = {preview: recording(preview) for preview in PREVIEWS}
    try:
        recorded = {preview: graph.of_document(of_pulumi(preview)) for preview in PREVIEWS}
    except DeploymentError as error:
        raise SystemExit(f"No graph was recorded: {error}.") from None
    folder = recording("any").parent
    folder.mkdir(exist_ok=True)
    for stale in set(folder.glob("*.json")) - set(recordings.values()):
        stale.unlink()
    for preview, found in recorded.items():
        before = recordings[preview].read_text() if recordings[preview].exists() else ""
        recordings[preview].write_text(graph.text(found))
        changed = "changed" if graph.text(found) != before else "as before"
        print(f"{preview}: {len(found['resources'])} resources, {changed}")


if __name__ == "__main__":
    main()
