"""Start the lab's AWS, get clients for it, stop it for sure."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import boto3
import botocore.session
from botocore.config import Config

_LAB_USER_AGENT = "deadfall-lab/1"
_START_SECONDS = 30
_LOG_LINES = 15
# What the server may inherit. Nothing of AWS: neither it nor its Lambda functions must ever reach a real account.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT")


class EmulatorError(Exception):
    """The lab's server did not start, or died; the message ends with the last lines of its log."""


@dataclass(frozen=True)
class Credentials:
    """AWS credentials; `session_token` for temporary ones."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


class Emulator:
    """An AWS of its own in a child process on 127.0.0.1. A context manager: leaving it ends the process.

    `endpoint` is the URL for every service, `account_id` the account whose root the lab itself is.
    """

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self._folder = Path(tempfile.mkdtemp(prefix="deadfall-lab-"))
        self._log = self._folder / "server.log"
        self._stopped = False
        self._clients_lock = threading.Lock()
        self._boto3 = boto3.Session(botocore_session=_isolated_session())
        with socket.socket() as listener:
            # The server gets the listening socket itself, so nobody can take its port in between.
            listener.bind(("127.0.0.1", 0))
            listener.listen(128)
            self.endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self._process = self._spawn(listener)

    @classmethod
    def start(cls, account_id: str) -> Self:
        """Start the server and wait until it answers. Raises EmulatorError when it does not."""
        emulator = cls(account_id)
        try:
            emulator._wait_until_ready()
        except BaseException:
            emulator.stop()
            raise
        return emulator

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server and every Lambda function that it runs, and remove its files. May be called twice.

        All its state is in memory and meant to go, so nothing is asked to finish.
        """
        if self._stopped:
            return
        self._stopped = True
        with contextlib.suppress(ProcessLookupError):  # of a server that died its functions may be left
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def client(
        self,
        service: str,
        region: str,
        credentials: Credentials | None = None,
        source_ip: str | None = None,
        user_agent: str | None = None,
    ) -> Any:
        """A boto3 client. Without credentials it is the lab itself: root of the account, and never recorded.

        `source_ip` is the address that CloudTrail and `aws:SourceIp` see, `user_agent` replaces boto3's whole agent.
        """
        used = credentials or Credentials(self.account_id, "test")
        headers = {"User-Agent": user_agent if credentials else _LAB_USER_AGENT, "X-Forwarded-For": source_ip}
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        with self._clients_lock:  # boto3 sessions are not thread-safe, their clients are
            client = self._boto3.client(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                aws_access_key_id=used.access_key_id,
                aws_secret_access_key=used.secret_access_key,
                aws_session_token=used.session_token,
                config=config,
            )

        def set_headers(request: Any, **_: Any) -> None:  # neither is signed; botocore would add itself to the agent
            for name, value in headers.items():
                if value:
                    request.headers[name] = value

        client.meta.events.register("before-send", set_headers)
        return client

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """What the lab did, after entry number `since`. Raises EmulatorError when the server is gone."""
        return self._get(f"/_deadfall/journal?since={since}")

    def settle(self) -> None:
        """Wait until every call made so far is recorded and delivered: rules, log group, metric filters, log files.

        Lambda functions that were invoked meanwhile may still be running.
        """
        self._get("/_deadfall/settle")

    def _spawn(self, listener: socket.socket) -> subprocess.Popen[bytes]:
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment |= {
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(listener.getsockname()[1]),
            "HOME": str(self._folder),  # no ~/.aws either
            "IOT_MTLS_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "LOG_LEVEL": "WARNING",
            "MINISTACK_ACCOUNT_ID": self.account_id,
            "SFTP_ENABLED": "0",
            "STATE_DIR": str(self._folder / "state"),
            "TMPDIR": str(self._folder),
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]).rstrip(
                os.pathsep
            ),
        }
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "deadfall.lab.server", str(listener.fileno())],
                stdin=subprocess.PIPE,  # the server ends when this closes, however this process dies
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=self._folder,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # a process group of its own, so that its Lambda functions end with it
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError):
                self._get("/_deadfall/health", timeout=1.0)
                return
        raise EmulatorError(f"The lab's server did not answer within {_START_SECONDS} s.{self._last_words()}")

    def _get(self, path: str, timeout: float = 60.0) -> Any:
        host = self.endpoint.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=timeout)
        try:
            connection.request("GET", path)
            return json.load(connection.getresponse())
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1.0)  # its socket closes before the process is gone
            code = self._process.poll()
            state = "does not answer" if code is None else f"ended with exit code {code}"
            raise EmulatorError(f"The lab's server {state}.{self._last_words()}") from None
        finally:
            connection.close()

    def _last_words(self) -> str:
        if not self._log.exists():
            return ""
        lines = self._log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return " The last lines of its log:\n" + "\n".join(lines) if lines else ""


def _isolated_session() -> botocore.session.Session:
    """A botocore session that reads nothing of the user's AWS set-up: profiles, files, endpoints."""
    nothing = {
        "profile": (None, [], None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
        "region": (None, None, None, None),
        "ignore_configured_endpoint_urls": (None, None, True, None),
    }
    return botocore.session.Session(session_vars=nothing)
