"""AWS's event-ruler, asked over a pipe; see EventRulerOracle.java for what is said.

Maven fetches the library and builds our small program around it into `out/oracle`, once; then only java runs.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from deadfall.patterns.aws_limits import MAX_COMPLEXITY

from ..java import OracleUnavailable, class_path


class EventRuler:
    """A running event-ruler; a context manager. Raises OracleUnavailable where java or mvn is missing or fails."""

    def __init__(self) -> None:
        classes = class_path(Path(__file__).parent, "AWS's event-ruler")
        no_look_ups = f"-Djdk.net.hosts.file={os.devnull}"  # Java takes 256.1.1.1 for the name of a host
        self._process = subprocess.Popen(
            ["java", no_look_ups, "-cp", classes, "EventRulerOracle", str(MAX_COMPLEXITY)],  # noqa: S607
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
