"""The folder of the Pulumi program: Pulumi.yaml, the stack files, `components`, `detections` and `policies`.

In a checkout it is the root. A wheel contains the same files as `deadfall/program` (pyproject.toml).
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_PACKAGED = _PACKAGE / "program"


def program_folder() -> Path:
    """Return the packaged program if there is one, else the root of the checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _PACKAGE.parent


def output_folder() -> Path:
    """Return `out` in the checkout, or in the current directory if Deadfall runs from a wheel.

    An installed package may be read-only and shared, so nothing is written into it.
    """
    return Path("out") if _PACKAGED.is_dir() else _PACKAGE.parent / "out"
