"""The process that runs a lab: it owns the emulator, deploys on request, and handles the commands' requests.

    python -m deadfall.lab.daemon.supervisor <spec> <engine> <lock's file descriptor> <listening socket's>

`lifecycle.py` starts it in the lab's folder and in its own session; `spec` is a `DaemonSpec` as JSON. It ends on
SIGTERM or when the emulator dies. However it ends, its guard process kills every process of its group.
"""

import contextlib
import itertools
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, cast

from botocore.exceptions import ClientError

from deadfall.lab.emulator import Credentials, EmulatorError
from deadfall.lab.engine import DeploymentError, Event, PulumiDeployment
from deadfall.lab.lab import ANYTHING, DEPLOY_SECONDS, Lab
from deadfall.lab.project import ProjectError
from deadfall.lab.stack_spec import Engine

from . import profiles
from .control import SendEvent, Server
from .folder import LabError, LabFolder
from .spec import DaemonSpec

_WATCH_SECONDS = 2.0
_LAST_RESPONSE_SECONDS = 10.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Supervisor:
    """One lab and the handler of its requests, which may run concurrently."""

    def __init__(self, folder: LabFolder, spec: DaemonSpec, engine: Engine) -> None:
        self._folder = folder
        self._spec = spec
        self._engine: Engine = engine
        self._since = datetime.now(UTC)
        self._ending = False
        self._deploying = threading.Lock()
        self._creating_user = threading.Lock()
        self._deployed: dict[str, Any] | None = None
        self._first_shown = 0
        self._send_event: SendEvent = lambda event: None
        self._keys: dict[str, Credentials] = {}
        self._session_name = f"lab-{secrets.token_hex(4)}"

    @contextmanager
    def run_lab(self) -> Iterator[None]:
        """Start the lab and create its users; stop it on exit."""
        with Lab.start(self._spec.stack, self._on_event, engine=self._engine) as lab:
            self._lab = lab
            assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": lab.spec.deploy_role_arn}
            for name, statements in (
                (profiles.PIPELINE, (assume,)),
                (profiles.ADMIN, (ANYTHING,)),
                (profiles.VISITOR, self._spec.visitor_permissions),
            ):
                self._keys[name] = lab.user(name, *statements)
            self._write_profiles()
            yield

    def watch(self) -> NoReturn:
        """Watch the emulator until a signal ends the lab; then stop all work in progress.

        Raises:
            EmulatorError: the emulator has died.
            SystemExit: a signal arrived.
        """
        try:
            while True:
                time.sleep(_WATCH_SECONDS)
                with contextlib.suppress(TimeoutError):  # busy is not dead
                    self._lab.emulator.journal(since=sys.maxsize)
        except SystemExit:
            self._ending = True
            raise
        finally:
            _ignore_signals()
            os.killpg(0, signal.SIGTERM)  # a deployment's processes would keep retrying
            self._lab.emulator.stop()

    def handle(self, request: dict[str, Any], send_event: SendEvent) -> Any:
        """Handle a request and return its result.

        Raises:
            LabError: the request is invalid or failed.
            ConnectionAbortedError: the lab is ending.
        """
        try:
            return self._handle(request, send_event)
        except Exception as error:
            if self._ending:  # the cause of any failure now
                raise ConnectionAbortedError from None
            if isinstance(error, (LabError, ProjectError, DeploymentError, EmulatorError, TimeoutError)):
                raise LabError(str(error)) from None
            traceback.print_exc()
            raise LabError(f"The lab failed to handle the request: {type(error).__name__}: {error}") from None

    def _handle(self, request: dict[str, Any], send_event: SendEvent) -> Any:
        match request["do"]:
            case "facts":
                return self._facts()
            case "pulumi":
                deployment = self._lab.deployment
                return deployment.environment if isinstance(deployment, PulumiDeployment) else None
            case "deploy":
                return self._deploy(DaemonSpec.from_json(request["spec"]), send_event)
            case "journal":
                return self._journal(request["since"], request["kinds"])
            case "visitor":
                return self._visitor(request["name"])
            case "stop":
                os.kill(os.getpid(), signal.SIGTERM)
                return None
            case verb:
                raise LabError(
                    f"The lab was started by another version of Deadfall, which has no request {verb!r}; restart it "
                    "with `deadfall lab down` and `deadfall lab up`."
                )

    def _facts(self) -> dict[str, Any]:
        return {
            "since": self._since.isoformat(timespec="seconds"),
            "endpoint": self._lab.emulator.endpoint,
            "account": self._lab.spec.account_id,
            "stack": self._lab.spec.stack,
            "engine": self._engine,
            **self._spec.shown,
            "deploying": self._deploying.locked(),
            "deployed": self._deployed,
            "aws_config": str(self._folder.aws_config),
            "profiles": profiles.list_profiles(self._folder.aws_config.read_text()),
        }

    def _deploy(self, spec: DaemonSpec, send_event: SendEvent) -> dict[str, Any]:
        if not self._deploying.acquire(blocking=False):
            raise LabError("A deployment into the lab is already running; wait until it finishes.")
        try:
            if datetime.now(UTC) - self._since > timedelta(seconds=DEPLOY_SECONDS):
                raise LabError(
                    "The deploy role's session has expired; start a new lab with `deadfall lab down` and "
                    "`deadfall lab up`."
                )
            for key, value in spec.fixed.items():
                if value != self._spec.fixed[key]:
                    raise LabError(
                        f"{key} cannot change while the lab is running; stop it first with `deadfall lab down`."
                    )
            self._spec, self._lab.spec = spec, spec.stack
            self._send_event = send_event
            try:
                changes = self._lab.up().changes
            except DeploymentError:
                self._lab.emulator.journal(sys.maxsize)  # raises EmulatorError, the real cause, if the emulator died
                raise
            self._lab.emulator.settle()
            self._first_shown = self._last_entry()
            deployed = changes.created + changes.updated + changes.replaced + changes.same
            self._deployed = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "resources": len(deployed)}
            return {what: len(urns) for what, urns in asdict(changes).items()}
        finally:
            self._deploying.release()

    def _on_event(self, event: Event) -> None:
        if self._ending:
            raise EmulatorError("The lab is ending.")  # stops an operation of the real engine at once
        self._send_event(asdict(event))

    def _last_entry(self) -> int:
        return max((entry["seq"] for entry in self._lab.emulator.journal()), default=0)

    def _journal(self, since: int | None, kinds: Collection[str]) -> dict[str, Any]:
        """Return the journal's entries of these kinds after entry number `since` (default: since the last deployment),
        and all documents of the stack."""
        since = self._first_shown if since is None else since
        entries = self._lab.emulator.journal(since)
        return {
            "entries": [entry for entry in entries if entry["kind"] in kinds],
            "documents": self._documents(),
            "last": entries[-1]["seq"] if entries else since,
        }

    def _documents(self) -> list[dict[str, Any]]:
        try:
            return self._lab.documents(self._spec.documents)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":  # not deployed yet
                return []
            raise

    def _visitor(self, name: str | None) -> dict[str, Any]:
        with self._creating_user:
            taken = {*self._keys, profiles.DEPLOYER}
            if name is None:
                name = next(free for n in itertools.count(2) if (free := f"{profiles.VISITOR}-{n}") not in taken)
            if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name):
                raise LabError(f"{name!r} is not a valid user name; use 1 to 64 letters, digits, '_', '.' and '-'.")
            if name in taken:
                raise LabError(f"Profile {name} already exists; choose another name.")
            try:
                self._keys[name] = self._lab.user(name, *self._spec.visitor_permissions)
            except ClientError as error:
                raise LabError(f"Creating user {name} failed: {error.response['Error']['Message']}") from None
            self._write_profiles()
            return {"profile": name}

    def _write_profiles(self) -> None:
        spec = self._lab.spec
        content = profiles.render_config(
            self._lab.emulator.endpoint, spec.region, self._keys, spec.deploy_role_arn, self._session_name
        )
        profiles.write(self._folder.aws_config, content)


def _start_guard() -> subprocess.Popen[bytes]:
    """Start a process that waits for this one to end, then kills the rest of the group, such as running providers."""
    wait_and_kill = "trap '' TERM; cat >/dev/null; kill -KILL 0"
    return subprocess.Popen(["/bin/sh", "-c", wait_and_kill], stdin=subprocess.PIPE)


def _ignore_signals() -> None:
    for name in _SIGNALS:
        signal.signal(name, signal.SIG_IGN)


def _exit(*_: object) -> NoReturn:
    _ignore_signals()
    sys.exit()


def main(spec: str, engine: Engine, lock: int, listening: int) -> NoReturn:
    for descriptor in (lock, listening):
        os.set_inheritable(descriptor, False)  # a child that outlives this process must not hold them
    for name in _SIGNALS:
        signal.signal(name, _exit)
    folder = LabFolder(Path.cwd())
    with _start_guard(), socket.socket(fileno=listening) as listener:
        server = Server(listener)
        try:
            supervisor = Supervisor(folder, DaemonSpec.from_json(spec), engine)
            with supervisor.run_lab():
                server.start(supervisor.handle)
                try:
                    supervisor.watch()
                finally:
                    server.wait(_LAST_RESPONSE_SECONDS)  # a running deployment still writes files that are removed next
        except SystemExit:
            folder.clear()
        except EmulatorError as error:
            print(error, file=sys.stderr)
            server.reject_waiting(str(error))
        except BaseException as error:
            traceback.print_exc()
            server.reject_waiting(f"The lab ended: {error}")
        finally:
            sys.stderr.flush()
            os._exit(0)  # without waiting for threads


if __name__ == "__main__":
    _, _spec, _engine, _lock, _listening = sys.argv
    main(_spec, cast("Engine", _engine), int(_lock), int(_listening))
