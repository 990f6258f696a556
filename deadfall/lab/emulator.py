"""Start the lab's AWS emulator, create clients for it, and stop it."""

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
# Variables that the server inherits. None are AWS's: neither it nor its Lambda functions may reach a real account.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT")


class EmulatorError(Exception):
    """The lab's server did not start, or died. The message ends with the last lines of its log."""


@dataclass(frozen=True)
class Credentials:
    """AWS credentials; `session_token` for temporary ones."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


class Emulator:
    """An AWS emulator in a child process on 127.0.0.1. A context manager: leaving it ends the process.

    `endpoint` is the URL of every service. `account_id` is the account whose root user the lab itself acts as.
    """

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self._folder = Path(tempfile.mkdtemp(prefix="deadfall-lab-"))
        self._log = self._folder / "server.log"
        self._stopped = False
        self._clients_lock = threading.Lock()
        self._boto3 = boto3.Session(botocore_session=_isolated_session())
        with socket.socket() as listener:
            # The server inherits the listening socket, so that no other process can take its port.
            listener.bind(("127.0.0.1", 0))
            listener.listen(128)
            self.endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self._process = self._spawn(listener)

    @classmethod
    def start(cls, account_id: str) -> Self:
        """Start the server and wait until it is ready. Raises EmulatorError if it does not start."""
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
        """Kill the server and its running Lambda functions, and remove its files. May be called twice.

        All state is in memory and disposable, so the kill needs no orderly shutdown.
        """
        if self._stopped:
            return
        self._stopped = True
        with contextlib.suppress(ProcessLookupError):  # if the server died, its functions may still run
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
        """Return a boto3 client. Without credentials it acts as the lab itself: the account's root, never recorded.

        `source_ip` is the address for CloudTrail and `aws:SourceIp`; `user_agent` replaces boto3's whole user agent.
        """
        used = credentials or Credentials(self.account_id, "test")
        headers = {"User-Agent": user_agent if credentials else _LAB_USER_AGENT, "X-Forwarded-For": source_ip}
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        with self._clients_lock:  # boto3 sessions are not thread-safe, but their clients are
            client = self._boto3.client(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                aws_access_key_id=used.access_key_id,
                aws_secret_access_key=used.secret_access_key,
                aws_session_token=used.session_token,
                config=config,
            )

        def set_headers(request: Any, **_: Any) -> None:  # unsigned headers; botocore would add to the user agent
            for name, value in headers.items():
                if value:
                    request.headers[name] = value

        client.meta.events.register("before-send", set_headers)
        return client

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the journal's entries after number `since`. Raises EmulatorError if the server has ended."""
        return self._get(f"/_deadfall/journal?since={since}")

    def settle(self) -> None:
        """Wait until every call so far is recorded and delivered to rules, log group, metric filters and log files.

        Lambda functions that these invoked may still be running.
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
                stdin=subprocess.PIPE,  # the server ends when this closes, even if this process is killed
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=self._folder,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # its own process group, so that its Lambda functions end with it
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError):
                self._get("/_deadfall/health", timeout=1.0)
                return
        raise EmulatorError(f"The lab's server was not ready within {_START_SECONDS} s.{self._log_tail()}")

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
                self._process.wait(1.0)  # its socket closes before the process ends
            code = self._process.poll()
            state = "does not respond" if code is None else f"ended with exit code {code}"
            raise EmulatorError(f"The lab's server {state}.{self._log_tail()}") from None
        finally:
            connection.close()

    def _log_tail(self) -> str:
        if not self._log.exists():
            return ""
        lines = self._log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return " The last lines of its log:\n" + "\n".join(lines) if lines else ""


def _isolated_session() -> botocore.session.Session:
    """Return a botocore session that ignores the user's AWS configuration: profiles, files, endpoints."""
    nothing = {
        "profile": (None, [], None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
        "region": (None, None, None, None),
        "ignore_configured_endpoint_urls": (None, None, True, None),
    }
    return botocore.session.Session(session_vars=nothing)
