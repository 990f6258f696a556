#!/usr/bin/env bash
# Expected: aws:SourceIp takes IPv6, and parliament's own source gives 2001:DB8:1234:5678::/64 as an example of the
# type Ip.
# What happens (parliament 1.6.4): 2001:db8::/32, ::1/128 and that example are MISMATCHED_TYPE; its pattern knows
# decimal digits and exactly five colons.
# Why it matters: as a gate it refuses every policy that lets a network's IPv6 range through, so the IPv6 half of an
# allow list gets left out: a lock-out where the SDK prefers IPv6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check parliament==1.6.4 setuptools==80.9.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import json
import sys
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")
from parliament import analyze_policy_string

print("parliament", version("parliament"))


def issues(operator, key, value):
    condition = {operator: {key: value}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    try:
        report = analyze_policy_string(json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
        result = sorted({finding.issue for finding in report.findings})
    except TypeError as error:
        result = f"TypeError: {error}"
    print(json.dumps(condition), "->", result)
    return result


addresses = ["203.0.113.7/32", "2001:db8::/32", "2001:DB8:1234:5678::/64", "::1/128"]
found = [issues("NotIpAddress", "aws:SourceIp", address) for address in addresses]
mismatch = ["MISMATCHED_TYPE"]
recorded = [[], mismatch, mismatch, mismatch]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
