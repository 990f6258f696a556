"""The responder's code as a Lambda archive, the same bytes from every checkout."""

from pathlib import Path

import pulumi

PACKAGE = Path(__file__).parent.parent / "responders" / "kill_switch"


def lambda_archive(manifest: pulumi.Input[str]) -> pulumi.Output[pulumi.Archive]:
    """The `kill_switch` package and, beside it, `detections.json`.

    An explicit list of the package's Python files, sorted: a directory archive would take caches and editor files in
    and change its hash from machine to machine (research: pulumi_style.md 7).
    """
    files: dict[str, pulumi.Asset | pulumi.Archive] = {
        f"{PACKAGE.name}/{path.relative_to(PACKAGE).as_posix()}": pulumi.FileAsset(str(path))
        for path in sorted(PACKAGE.rglob("*.py"))
    }
    return pulumi.Output.from_input(manifest).apply(
        lambda text: pulumi.AssetArchive({**files, "detections.json": pulumi.StringAsset(text)})
    )
