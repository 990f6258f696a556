#!/usr/bin/env bash
# Expected: FilterLogEvents applies a JSON filter pattern ({ $.eventName = "x" }), or refuses it.
# What happens (MiniStack 1.5.33): a pattern of words filters; any JSON pattern returns every event, even a pattern on
# a field that no event has.
# Why it matters: CloudTrail's records are read from log groups by such patterns. Tests pass with a wrong pattern, and
# a look-up meant to find one record returns others.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check ministack==1.5.33 boto3==1.43.106
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.metadata import version

import boto3
from botocore.config import Config

print("ministack", version("ministack"))


@contextmanager
def ministack(**settings):
    """Run MiniStack on a free port of the loopback address; yield a function that makes clients."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "HOME": os.getcwd(), **settings}
    command = [sys.executable, "-m", "ministack"]
    with open("server.log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if time.monotonic() > deadline:
                sys.exit(open("server.log").read())
            time.sleep(0.2)
        yield lambda service: boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="eu-west-1",
            aws_access_key_id="111122223333",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )
    finally:
        server.terminate()
        server.wait()


with ministack() as client:
    logs = client("logs")
    logs.create_log_group(logGroupName="trail")
    logs.create_log_stream(logGroupName="trail", logStreamName="stream")
    now = int(time.time() * 1000)
    messages = [json.dumps({"eventName": name}) for name in ("GetSecretValue", "ListSecrets")]
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName="trail", logStreamName="stream", logEvents=events)
    found = {}
    for pattern in ("GetSecretValue", '{ $.eventName = "GetSecretValue" }', '{ $.noSuchField = "x" }'):
        answer = logs.filter_log_events(logGroupName="trail", filterPattern=pattern)
        found[pattern] = len(answer["events"])
        print(f"{pattern:36} -> {found[pattern]} of 2 events")
recorded = {"GetSecretValue": 1, '{ $.eventName = "GetSecretValue" }': 2, '{ $.noSuchField = "x" }': 2}
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
