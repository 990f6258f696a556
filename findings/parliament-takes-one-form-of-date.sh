#!/usr/bin/env bash
# Expected: a date condition may be written as IAM takes it: ISO 8601 with or without milliseconds and offset, or
# epoch seconds.
# What happens (parliament 1.6.4): only 2026-11-30T12:00:00Z passes; milliseconds, +00:00 (what Python's isoformat
# writes) and epoch seconds are MISMATCHED_TYPE.
# Why it matters: deny statements on aws:TokenIssueTime revoke sessions. As a gate it refuses sound revocations, and a
# responder that generates them cannot keep the milliseconds of its cut-off time.
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


times = ["2026-11-30T12:00:00Z", "2026-11-30T12:00:00.123Z", "2026-11-30T12:00:00+00:00", "1796040000"]
found = [issues("DateLessThan", "aws:TokenIssueTime", time) for time in times]
recorded = [[], ["MISMATCHED_TYPE"], ["MISMATCHED_TYPE"], ["MISMATCHED_TYPE"]]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
