"""AWS's event-ruler, asked over a pipe; see EventRulerOracle.java for what is said.

Maven fetches the library and builds our small program around it into `out/oracle`, once; then only java runs.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from deadfall.patterns.aws_limits import MAX_COMPLEXITY

_HERE = Path(__file__).parent
_POM = _HERE / "pom.xml"
_PROGRAM = _HERE / "EventRulerOracle.java"
_BUILT = _HERE.parents[1] / "out" / "oracle"
_CLASSES = _BUILT / "classes"
_CLASS_PATH = _BUILT / "classpath"


class OracleUnavailable(Exception):  # noqa: N818 - what it says of the oracle
    """There is no oracle on this machine; the message says in one sentence what is missing."""


class EventRuler:
    """A running event-ruler; a context manager. Raises OracleUnavailable where java or mvn is missing or fails."""

    def __init__(self) -> None:
        missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
        if missing:
            raise OracleUnavailable(
                "The oracle is AWS's event-ruler, which is Java: "
                f"put {' and '.join(missing)} on PATH (JDK 17 or newer)."
            )
        if not _is_built():
            _build()
        no_look_ups = f"-Djdk.net.hosts.file={os.devnull}"  # Java takes 256.1.1.1 for the name of a host
        class_path = f"{_CLASSES}{os.pathsep}{_CLASS_PATH.read_text().strip()}"
        self._process = subprocess.Popen(
            ["java", no_look_ups, "-cp", class_path, "EventRulerOracle", str(MAX_COMPLEXITY)],  # noqa: S607
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="ascii",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.communicate()

    def verdicts(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, list[str]]]:
        """What event-ruler says of each pair of pattern and event, both JSON text in ASCII on one line.

        With it the numbers of the pair that event-ruler can't compare on this machine's JDK.
        """
        to_java, from_java = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        to_java.writelines(f"{pattern}\n{event}\n" for pattern, event in pairs)
        to_java.write("\n")
        to_java.flush()
        answers = [from_java.readline().removesuffix("\n") for _ in pairs]
        if "" in answers:
            raise OracleUnavailable("event-ruler stopped without an answer; what java wrote is above.")
        return [(verdict, numbers.split()) for verdict, numbers in (answer.split("\t") for answer in answers)]


def _is_built() -> bool:
    return _CLASS_PATH.is_file() and _CLASS_PATH.stat().st_mtime > max(
        source.stat().st_mtime for source in (_POM, _PROGRAM)
    )


def _build() -> None:
    maven = ["mvn", "-q", "-B", "-f", str(_POM), "compile", "dependency:build-classpath"]
    built = subprocess.run([*maven, f"-Dmdep.outputFile={_CLASS_PATH}"], capture_output=True, text=True)
    if built.returncode != 0:
        first = next((line for line in built.stdout.splitlines() if "ERROR" in line), "it said nothing")
        raise OracleUnavailable(f"Maven could not build the oracle: {first}")
    _CLASS_PATH.touch()  # Maven leaves a class path that has not changed as old as it is
