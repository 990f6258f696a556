#!/usr/bin/env bash
# Expected: a rule in the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS matches whatever an ENABLED rule does,
# and read-only calls besides.
# What happens (MiniStack 1.5.33): the state is stored and shown, but the rule matches no event at all, not even one
# sent with PutEvents.
# Why it matters: it is the one state in which EventBridge hands on reads such as GetSecretValue. The rule that works
# on AWS is silent in the emulator, and the one that works there is blind on AWS.
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
    events, sqs = client("events"), client("sqs")
    queue = sqs.create_queue(QueueName="queue")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    found = {}
    for state in ("ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"):
        events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["app"]}), State=state)
        events.put_targets(Rule="rule", Targets=[{"Id": "queue", "Arn": arn}])
        events.put_events(Entries=[{"Source": "app", "DetailType": "test", "Detail": "{}"}])
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=3).get("Messages", [])
        found[events.describe_rule(Name="rule")["State"]] = len(messages)
    print(found)
recorded = {"ENABLED": 1, "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS": 0}
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
