"""Record what the built-in engine previews, for `make docs`. Review it as the change of infrastructure it is."""

from deadfall.config import ConfigError
from deadfall.lab.emulator import EmulatorError
from deadfall.lab.engine import DeploymentError

from . import graph
from .previews import PREVIEWS, of_builtin_engine, recording


def main() -> None:
    try:
        found = {preview: graph.of_resources(of_builtin_engine(preview).resources) for preview in PREVIEWS}
    except (ConfigError, DeploymentError, EmulatorError) as error:
        raise SystemExit(f"No graph was recorded: {error}") from None
    recordings = {recording(preview): graph.text(graph.recorded(found[preview])) for preview in PREVIEWS}
    folder = recording("any").parent
    folder.mkdir(exist_ok=True)
    for stale in set(folder.glob("*.json")) - set(recordings):
        stale.unlink()
    for file, text in recordings.items():
        file.write_text(text)


if __name__ == "__main__":
    main()
