"""The process that runs a lab: it holds the emulator, deploys on request, and answers the commands.

    python -m deadfall.lab.daemon.supervisor <spec> <engine> <lock's file descriptor> <listening socket's>

`lifecycle.py` starts it in the lab's folder, in a session of its own; `spec` is a `DaemonSpec` as JSON. It ends by
SIGTERM, and when the emulator dies; however it ends, its guard ends every process of its group.
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
from .control import Server, Tell
from .folder import LabError, LabFolder
from .spec import DaemonSpec

_WATCH_SECONDS = 2.0
_LAST_ANSWER_SECONDS = 10.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Supervisor:
    """One lab, and the answers to requests about it, several at once."""

    def __init__(self, folder: LabFolder, spec: DaemonSpec, engine: Engine) -> None:
        self._folder = folder
        self._spec = spec
        self._engine: Engine = engine
        self._since = datetime.now(UTC)
        self._ending = False
        self._deploying = threading.Lock()
        self._making = threading.Lock()
        self._deployed: dict[str, Any] | None = None
        self._first_shown = 0
        self._tell: Tell = lambda event: None
        self._keys: dict[str, Credentials] = {}
        self._session_name = f"lab-{secrets.token_hex(4)}"

    @contextmanager
    def started(self) -> Iterator[None]:
        """Start the lab and create its users."""
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
        """Look after the emulator until a signal ends the lab; then end what is at work in it.

        Raises:
            EmulatorError: the emulator has died.
            SystemExit: there was a signal.
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
            os.killpg(0, signal.SIGTERM)  # a deployment's processes, which would try again and again
            self._lab.emulator.stop()

    def answer(self, request: dict[str, Any], tell: Tell) -> Any:
        """Do what a request says.

        Raises:
            LabError: it cannot be done.
            ConnectionAbortedError: the lab is ending.
        """
        try:
            return self._answer(request, tell)
        except Exception as error:
            if self._ending:  # whatever failed, it is because of that
                raise ConnectionAbortedError from None
            if isinstance(error, (LabError, ProjectError, DeploymentError, EmulatorError, TimeoutError)):
                raise LabError(str(error)) from None
            traceback.print_exc()
            raise LabError(f"The lab could not do that: {type(error).__name__}: {error}") from None

    def _answer(self, request: dict[str, Any], tell: Tell) -> Any:
        match request["do"]:
            case "facts":
                return self._facts()
            case "pulumi":
                deployment = self._lab.deployment
                return deployment.environment if isinstance(deployment, PulumiDeployment) else None
            case "deploy":
                return self._deploy(DaemonSpec.from_json(request["spec"]), tell)
            case "journal":
                return self._journal(request["since"], request["kinds"])
            case "visitor":
                return self._visitor(request["name"])
            case "stop":
                os.kill(os.getpid(), signal.SIGTERM)
                return None
            case verb:
                raise LabError(f"The lab was started by another version of Deadfall and cannot {verb}.")

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
            "profiles": profiles.names(self._folder.aws_config.read_text()),
        }

    def _deploy(self, spec: DaemonSpec, tell: Tell) -> dict[str, Any]:
        if not self._deploying.acquire(blocking=False):
            raise LabError("The lab is being deployed into already; wait for that to end.")
        try:
            if datetime.now(UTC) - self._since > timedelta(seconds=DEPLOY_SECONDS):
                raise LabError(
                    "The lab is so old that the deploy role's session has ended; start another: `deadfall lab down`, "
                    "`deadfall lab up`."
                )
            for key, value in spec.fixed.items():
                if value != self._spec.fixed[key]:
                    raise LabError(
                        f"{key} cannot change while a lab runs; take it down first with `deadfall lab down`."
                    )
            self._spec, self._lab.spec = spec, spec.stack
            self._tell = tell
            try:
                changes = self._lab.up().changes
            except DeploymentError:
                self._lab.emulator.journal(sys.maxsize)  # if it died, that is what to tell
                raise
            self._lab.emulator.settle()
            self._first_shown = self._last_entry()
            there = changes.created + changes.updated + changes.replaced + changes.same
            self._deployed = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "resources": len(there)}
            return {what: len(urns) for what, urns in asdict(changes).items()}
        finally:
            self._deploying.release()

    def _on_event(self, event: Event) -> None:
        if self._ending:
            raise EmulatorError("The lab is ending.")  # which ends an operation of the real engine at once
        self._tell(asdict(event))

    def _last_entry(self) -> int:
        return max((entry["seq"] for entry in self._lab.emulator.journal()), default=0)

    def _journal(self, since: int | None, kinds: Collection[str]) -> dict[str, Any]:
        """Return the journal's entries of these kinds after entry number `since`, by default after the last deployment,
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
        with self._making:
            taken = {*self._keys, profiles.DEPLOYER}
            if name is None:
                name = next(free for n in itertools.count(2) if (free := f"{profiles.VISITOR}-{n}") not in taken)
            if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name):
                raise LabError(f"A user's name has 1 to 64 letters, digits and _ . - only; {name!r} is none.")
            if name in taken:
                raise LabError(f"There is a profile {name} already; choose another name.")
            try:
                self._keys[name] = self._lab.user(name, *self._spec.visitor_permissions)
            except ClientError as error:
                raise LabError(f"{name} cannot be a user: {error.response['Error']['Message']}") from None
            self._write_profiles()
            return {"profile": name}

    def _write_profiles(self) -> None:
        spec = self._lab.spec
        content = profiles.config_file(
            self._lab.emulator.endpoint, spec.region, self._keys, spec.deploy_role_arn, self._session_name
        )
        profiles.write(self._folder.aws_config, content)


def _guard() -> subprocess.Popen[bytes]:
    """A process that waits for this one to end and then ends all of its group, such as providers at work."""
    wait_and_kill = "trap '' TERM; cat >/dev/null; kill -KILL 0"
    return subprocess.Popen(["/bin/sh", "-c", wait_and_kill], stdin=subprocess.PIPE)


def _ignore_signals() -> None:
    for name in _SIGNALS:
        signal.signal(name, signal.SIG_IGN)


def _end(*_: object) -> NoReturn:
    _ignore_signals()
    sys.exit()


def main(spec: str, engine: Engine, lock: int, listening: int) -> NoReturn:
    for descriptor in (lock, listening):
        os.set_inheritable(descriptor, False)  # what outlives this process must not hold them
    for name in _SIGNALS:
        signal.signal(name, _end)
    folder = LabFolder(Path.cwd())
    with _guard(), socket.socket(fileno=listening) as listener:
        server = Server(listener)
        try:
            supervisor = Supervisor(folder, DaemonSpec.from_json(spec), engine)
            with supervisor.started():
                server.start(supervisor.answer)
                try:
                    supervisor.watch()
                finally:
                    server.wait(_LAST_ANSWER_SECONDS)  # before the files go that a deployment writes
        except SystemExit:
            folder.clear()
        except EmulatorError as error:
            print(error, file=sys.stderr)
            server.refuse(str(error))
        except BaseException as error:
            traceback.print_exc()
            server.refuse(f"The lab ended: {error}")
        finally:
            sys.stderr.flush()
            os._exit(0)  # whatever threads still wait for


if __name__ == "__main__":
    _, _spec, _engine, _lock, _listening = sys.argv
    main(_spec, cast("Engine", _engine), int(_lock), int(_listening))
