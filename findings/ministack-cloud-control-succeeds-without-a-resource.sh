#!/usr/bin/env bash
# Expected: Cloud Control's CreateResource creates the resource in its service, or the emulator refuses the type.
# What happens (MiniStack 1.5.33): the answer is SUCCESS and ListResources of Cloud Control has it, but the service
# itself does not: ListTopics is empty.
# Why it matters: Pulumi's aws-native provider and other generators deploy through Cloud Control. A whole stack
# 'deploys' into the emulator, and none of it is there.
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
    control = client("cloudcontrol")
    state = json.dumps({"TopicName": "alerts"})
    event = control.create_resource(TypeName="AWS::SNS::Topic", DesiredState=state)["ProgressEvent"]
    listed = control.list_resources(TypeName="AWS::SNS::Topic")["ResourceDescriptions"]
    topics = client("sns").list_topics()["Topics"]
    print("CreateResource:", event["OperationStatus"], " ListResources:", len(listed), " ListTopics:", topics)
    found = [event["OperationStatus"], len(listed), topics]
recorded = ["SUCCESS", 1, []]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
