"""The responder's code as a Lambda archive, the same bytes from every checkout."""

from collections.abc import Iterator
from pathlib import Path

import pulumi

import deadfall.patterns
import responders.kill_switch

# The folders that go into the archive, by what they are called there. `deadfall` is a namespace package in it.
PACKAGES = {
    "kill_switch": Path(responders.kill_switch.__path__[0]),
    "deadfall/patterns": Path(deadfall.patterns.__path__[0]),
}


def lambda_archive(manifest: pulumi.Input[str]) -> pulumi.Output[pulumi.Archive]:
    """Return the responder's package, the patterns that it evaluates, and beside them `detections.json`.

    An explicit list of the packages' Python files, sorted: a directory archive would include caches and editor files
    and change its hash from machine to machine (docs/aws-facts.md, pulumi-archive-hash).
    """
    files: dict[str, pulumi.Asset | pulumi.Archive] = dict(_files())
    return pulumi.Output.from_input(manifest).apply(
        lambda text: pulumi.AssetArchive({**files, "detections.json": pulumi.StringAsset(text)})
    )


def _files() -> Iterator[tuple[str, pulumi.Asset]]:
    for name, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            yield f"{name}/{path.relative_to(folder).as_posix()}", pulumi.FileAsset(str(path))
