"""End quietly when the reader of the output closes the pipe, as `head` does.

Python ignores SIGPIPE, so a write raises BrokenPipeError. A verb that reports OSErrors would report this one too, and
the interpreter prints an error when it flushes at exit. The streams here raise SystemExit instead, which no verb
reports and which still cleans up.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TextIO, TypeVar, cast

STATUS = 141
"""The exit status of a shell command that SIGPIPE ended."""

_T = TypeVar("_T")


@contextlib.contextmanager
def end_quietly() -> Iterator[None]:
    """Replace standard output and standard error by streams that end the process when their pipe is closed.

    Raises:
        SystemExit: the pipe is closed.
    """
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = cast(TextIO, _Stream(sys.stdout)), cast(TextIO, _Stream(sys.stderr))
    try:
        yield
    finally:
        try:
            sys.stdout.flush()  # the interpreter would do it at exit, and report an error
        finally:
            sys.stdout, sys.stderr = streams


class _Stream:
    """A text stream that ends the process when its pipe is closed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._attempt(lambda: self._stream.write(text))

    def writelines(self, lines: Any) -> None:
        self._attempt(lambda: self._stream.writelines(lines))

    def flush(self) -> None:
        self._attempt(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _attempt(self, write: Callable[[], _T]) -> _T:
        try:
            return write()
        except BrokenPipeError:
            self._end()

    def _end(self) -> NoReturn:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, self._stream.fileno())  # for what is still buffered
        os.close(devnull)
        raise SystemExit(STATUS) from None
