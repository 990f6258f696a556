"""What is previewed and recorded: every shipped stack, and a program with one of every option that there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine import Deployment, PulumiDeployment, Result
from deadfall.stack_files import PROJECT
from deadfall.stack_lab import StackLab

_HERE = Path(__file__).parent
_OPTIONS = "options"
STACKS = tuple(sorted(file.name.split(".")[1] for file in PROJECT.glob("Pulumi.*.yaml")))
PREVIEWS = (*STACKS, _OPTIONS)


def recording(preview: str) -> Path:
    """The file in which a preview's graph is recorded."""
    return _HERE / "recorded" / f"{preview}.json"


def of_builtin_engine(preview: str) -> Result:
    """What the built-in engine foresees for a new stack."""
    if preview != _OPTIONS:
        with StackLab.started(preview) as lab:
            return lab.deployment.preview()
    with _options() as settings, TemporaryDirectory() as folder:
        return Deployment(**settings, state=Path(folder, "state.json")).preview()


def of_pulumi(preview: str) -> dict[str, Any]:
    """The document that `pulumi preview --json` writes for a new stack; it needs the pulumi CLI on PATH."""
    if preview != _OPTIONS:
        with StackLab.started(preview, engine="pulumi") as lab:
            assert isinstance(lab.deployment, PulumiDeployment)
            return lab.deployment.preview_document()
    with _options() as settings, TemporaryDirectory() as folder:
        return PulumiDeployment(**settings, folder=Path(folder)).preview_document()


@contextmanager
def _options() -> Iterator[dict[str, Any]]:
    with Emulator.start("111122223333") as emulator:
        credentials = {"AWS_ACCESS_KEY_ID": emulator.account_id, "AWS_SECRET_ACCESS_KEY": "test"}
        yield {
            "project_dir": _HERE / "options_program",
            "stack": "dev",
            "provider_environment": {"AWS_ENDPOINT_URL": emulator.endpoint, **credentials},
        }
