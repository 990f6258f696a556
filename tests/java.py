"""Java programs that tests compare with: built once by Maven, into `out/`."""

import os
import shutil
import subprocess
from pathlib import Path

_OUT = Path(__file__).parents[1] / "out"


class OracleUnavailable(Exception):  # noqa: N818 - what it says of the oracle
    """There is no oracle on this machine; the message says in one sentence what is missing."""


def class_path(folder: Path, oracle: str) -> str:
    """Return the class path of the program in a folder (pom.xml and one .java file), built into `out/<folder>`.

    `oracle` names the program in messages. Raises OracleUnavailable where java or mvn is missing or fails.
    """
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing:
        raise OracleUnavailable(
            f"The oracle is {oracle}, which is Java: put {' and '.join(missing)} on PATH (JDK 17 or newer)."
        )
    built = _OUT / folder.name
    libraries = built / "classpath"
    if not _is_newer(libraries, folder):
        _build(folder / "pom.xml", libraries)
    return f"{built / 'classes'}{os.pathsep}{libraries.read_text().strip()}"


def _is_newer(libraries: Path, folder: Path) -> bool:
    sources = (folder / "pom.xml", *folder.glob("*.java"))
    return libraries.is_file() and libraries.stat().st_mtime > max(source.stat().st_mtime for source in sources)


def _build(pom: Path, libraries: Path) -> None:
    maven = ["mvn", "-q", "-B", "-f", str(pom), "compile", "dependency:build-classpath"]
    built = subprocess.run([*maven, f"-Dmdep.outputFile={libraries}"], capture_output=True, text=True)
    if built.returncode != 0:
        first = next((line for line in built.stdout.splitlines() if "ERROR" in line), "it said nothing")
        raise OracleUnavailable(f"Maven could not build the oracle: {first}")
    libraries.touch()  # Maven leaves a class path that has not changed as old as it is
