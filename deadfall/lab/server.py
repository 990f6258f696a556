"""The lab's server process: MiniStack behind the lab's own door. Started by `emulator.py`, on a socket it hands over.

Every request is read as an AWS API call, served by MiniStack (which authenticates and authorizes it), and recorded.
Requests of the lab itself are root of the account they name, carry the agent `deadfall-lab/1`, and leave no trace.
"""

import asyncio
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app as ministack

from . import account, ministack_hooks
from .cloudtrail import naming
from .cloudtrail.delivery import Delivery
from .cloudtrail.further_records import further_records
from .cloudtrail.record import FinishedCall, cloudtrail_record
from .event_bus import EventBus
from .journal import Journal
from .ministack_hooks import Inflight, inflight
from .request_parser import parse_request, parse_response

LAB_USER_AGENT = "deadfall-lab/1"
_ALARM_SECONDS = 1.0

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Server:
    """The ASGI application."""

    def __init__(self) -> None:
        self._journal = Journal()
        event_bus = EventBus(self._journal)
        self._delivery = Delivery(self._journal, event_bus)
        ministack_hooks.install(self._journal, event_bus, self._delivery.event_history)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await ministack(scope, receive, send)
        elif scope["path"].startswith("/_deadfall/"):
            await self._lab_request(scope, send)
        else:
            await self._api_request(scope, receive, send)

    async def evaluate_alarms_forever(self) -> None:
        while True:
            await asyncio.sleep(_ALARM_SECONDS)
            ministack_hooks.evaluate_alarms()

    async def _lab_request(self, scope: Scope, send: Send) -> None:
        answer: Any = {"status": "ready"}
        if scope["path"] == "/_deadfall/journal":
            query = parse_qs(scope["query_string"].decode())
            answer = self._journal.since(int(query.get("since", ["0"])[0]))
        elif scope["path"] == "/_deadfall/settle":
            await self._delivery.settle()
        body = json.dumps(answer, default=str).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _api_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        body = await _whole_body(receive)
        call = parse_request(scope["method"], scope["raw_path"].decode(), scope["query_string"].decode(), headers, body)
        source_ip = headers.get("x-forwarded-for") or (scope.get("client") or ("127.0.0.1",))[0]
        # Loopback stands for the internet and for TLS, so that aws:SourceIp and aws:SecureTransport hold as on AWS.
        scope = {**scope, "client": (source_ip, 0), "scheme": "https"}
        if call is None:
            self._journal.add(
                "unrecorded", method=scope["method"], path=scope["path"], reason="not a known AWS API call"
            )
            await ministack(scope, _replay(body, receive), send)
            return
        # Whose key it is must be known before the call: the call may delete the key.
        current = Inflight(call, account.caller(call.access_key_id), str(uuid.uuid4()))
        current.is_internal = (
            current.caller is not None
            and current.caller.type == "Root"
            and headers.get("user-agent", "").startswith(LAB_USER_AGENT)
        )
        token = inflight.set(current)
        answer = _Answer(send)
        try:
            await ministack(scope, _replay(body, receive), answer)
        finally:
            inflight.reset(token)
        if not current.is_internal:
            self._record(current, answer, source_ip, headers.get("user-agent", ""))

    def _record(self, current: Inflight, answer: "_Answer", source_ip: str, user_agent: str) -> None:
        call, caller = current.call, current.caller
        self._journal.add("call", principal=caller and caller.arn, action=f"{call.service}:{call.operation}")
        # A call whose signature or key does not hold has no account to be recorded in.
        if caller is None or current.unauthenticated or not naming.is_management_event(call):
            return
        response = parse_response(call, answer.status, answer.headers, bytes(answer.body))
        finished = FinishedCall(
            call=call,
            caller=caller,
            response=response,
            source_ip=source_ip,
            user_agent=user_agent,
            request_id=answer.headers.get("x-amzn-requestid", current.request_id),
            event_id=str(uuid.uuid4()),
            at=datetime.now(UTC),
        )
        self._delivery.submit(cloudtrail_record(finished))
        for record in further_records(finished, account.encrypting_key):
            self._delivery.submit(record)


class _Answer:
    """Passes an answer on and keeps a copy."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]
            }
        else:
            self.body += message.get("body", b"")
        await self._send(message)


async def _whole_body(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> dict[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _end_with_parent() -> None:
    """Whoever started the server holds the other end of standard input. `Emulator.stop` kills before it closes that, so
    when it closes the starter is dead, and the server takes its functions and its folder with it."""

    def wait() -> None:
        sys.stdin.buffer.read()
        shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)  # TMPDIR is the lab's own folder
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


async def _serve(socket_fd: int) -> None:
    server = Server()
    config = Config()
    config.bind = [f"fd://{socket_fd}"]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = 75
    alarms = asyncio.create_task(server.evaluate_alarms_forever())
    await serve(server, config)  # type: ignore[arg-type]
    alarms.cancel()


if __name__ == "__main__":
    logging.getLogger("ministack").setLevel(logging.WARNING)
    _end_with_parent()
    asyncio.run(_serve(int(sys.argv[1])))
