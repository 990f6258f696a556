"""The lab's server, loaded once: each line on its standard input ends the server that is there and forks a new one.

A fork has nothing of the one before it: no account, no journal, no trail. It prints a line when there is one.

Usage: `python -m tests.lab.forking_server SOCKET`, where SOCKET is the number of the listening socket that it inherits.
"""

import asyncio
import importlib
import os
import signal
import sys

from deadfall.lab import server
from deadfall.lab.request_parser import service_model

# What the server loads when a service is first called, of those that most tests call: MiniStack's module, AWS's model.
MODULES = ("cloudwatch", "cloudwatch_logs", "eventbridge", "kms", "lambda_svc", "s3", "secretsmanager", "sns", "sqs")
MODELS = (
    "cloudtrail",
    "cloudwatch",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "sts",
)


def _fork(socket: int) -> tuple[int, int]:
    """The new server's process id, and the end of a pipe: the server ends when that closes."""
    reading, writing = os.pipe()
    if process := os.fork():
        os.close(reading)
        return process, writing
    os.setsid()  # a process group of its own, so that its Lambda functions end with it
    os.close(writing)
    os.dup2(reading, 0)
    os.dup2(2, 1)  # the log, as everything that the server prints
    sys.stdin = os.fdopen(0)
    server._end_with_parent()
    asyncio.run(server._serve(socket))
    os._exit(1)


def _end(process: int, pipe: int) -> None:
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
    os.close(pipe)


def main(socket: int) -> None:
    for module in MODULES:
        importlib.import_module(f"ministack.services.{module}")
    for model in MODELS:
        service_model(model)
    running: tuple[int, int] | None = None
    while sys.stdin.readline():
        if running:
            _end(*running)
        running = _fork(socket)
        os.write(1, b"forked\n")
    if running:
        _end(*running)


if __name__ == "__main__":
    main(int(sys.argv[1]))
