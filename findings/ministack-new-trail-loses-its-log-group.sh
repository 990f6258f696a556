#!/usr/bin/env bash
# Expected: CreateTrail keeps the log group and role that it is given, as UpdateTrail does.
# What happens (MiniStack 1.5.33): CreateTrail drops CloudWatchLogsLogGroupArn and CloudWatchLogsRoleArn without an
# error; UpdateTrail with the same values keeps them.
# Why it matters: detection by metric filters starts from that log group. A check that the trail delivers to it fails
# in the emulator on a sound stack, and passes once anything has updated the trail.
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
    client("s3").create_bucket(Bucket="trail-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    trail = client("cloudtrail")
    delivery = {
        "CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*",
        "CloudWatchLogsRoleArn": "arn:aws:iam::111122223333:role/delivery",
    }
    found = []
    trail.create_trail(Name="trail", S3BucketName="trail-bucket", **delivery)
    found.append(trail.get_trail(Name="trail")["Trail"].get("CloudWatchLogsLogGroupArn"))
    print("after CreateTrail:", found[0])
    trail.update_trail(Name="trail", **delivery)
    found.append(trail.get_trail(Name="trail")["Trail"].get("CloudWatchLogsLogGroupArn"))
    print("after UpdateTrail:", found[1])
recorded = [None, delivery["CloudWatchLogsLogGroupArn"]]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
