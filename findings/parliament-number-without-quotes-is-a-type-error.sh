#!/usr/bin/env bash
# Expected: a number in a condition may go without quotes, as IAM's policy grammar says and as parliament takes
# booleans.
# What happens (parliament 1.6.4): the analysis ends with a bare TypeError ('expected string or bytes-like object')
# from deep inside. The text "3600" and the boolean false pass.
# Why it matters: json.dumps of a policy built in Python or Pulumi has numbers as numbers. One such condition and the
# whole document gets no findings at all, rather than one.
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


key = "aws:MultiFactorAuthAge"
found = [issues("NumericGreaterThan", key, "3600"), issues("NumericGreaterThan", key, 3600)]
found += [issues("Bool", "aws:SecureTransport", False)]
recorded_error = "TypeError: expected string or bytes-like object"
recorded = [[], found[1], []] if str(found[1]).startswith(recorded_error) else None
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
