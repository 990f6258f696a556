#!/usr/bin/env bash
# Expected: with CLOUDTRAIL_RECORDING=1 a call that fails has an errorCode in its record, and parameters are spelled
# as CloudTrail does (secretId).
# What happens (MiniStack 1.5.33): GetSecretValue of a secret that does not exist is recorded as if it had worked,
# without errorCode; the parameter is SecretId, and readOnly the text "true".
# Why it matters: rules tell attempts from reads by errorCode and decoys by requestParameters.secretId. Rules made
# from these records match nothing on AWS, and those made for AWS match nothing here.
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


with ministack(CLOUDTRAIL_RECORDING="1") as client:
    secrets = client("secretsmanager")
    try:
        secrets.get_secret_value(SecretId="no-such-secret")
    except secrets.exceptions.ResourceNotFoundException as error:
        print("the call:", error)
    by_name = [{"AttributeKey": "EventName", "AttributeValue": "GetSecretValue"}]
    [event] = client("cloudtrail").lookup_events(LookupAttributes=by_name)["Events"]
    record = json.loads(event["CloudTrailEvent"])
    found = {key: record.get(key) for key in ("errorCode", "requestParameters", "readOnly")}
    print("the record:", found)
recorded = {"errorCode": None, "requestParameters": {"SecretId": "no-such-secret"}, "readOnly": "true"}
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
