#!/usr/bin/env bash
# Expected: analyze_by_access_level(policy, 'permissions-management') lists the actions of that level: its
# documentation names the levels so, as the command line does.
# What happens (policy_sentry 0.15.2): with that name, and with 'write' or 'read', it returns an empty list for each
# policy, without an error. Only the capitalised 'Permissions management', 'Write', 'Read' find something.
# Why it matters: a gate that fails on permissions management, written by the documentation, passes a policy with
# iam:PutUserPolicy, even one with *.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check policy_sentry==0.15.2
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from policy_sentry.analysis.analyze import analyze_by_access_level

print("policy_sentry", version("policy_sentry"))
documentation = " ".join(analyze_by_access_level.__doc__.split())
print(documentation[documentation.index("access_level:") : documentation.index("Return:")])
statement = {"Effect": "Allow", "Action": ["iam:PutUserPolicy", "s3:PutObject"], "Resource": "*"}
found = {}
for level in ("permissions-management", "Permissions management", "write", "Write"):
    found[level] = analyze_by_access_level({"Version": "2012-10-17", "Statement": [statement]}, level)
    print(f"{level!r} -> {found[level]}")
recorded = {
    "permissions-management": [],
    "Permissions management": ["iam:PutUserPolicy"],
    "write": [],
    "Write": ["s3:PutObject"],
}
if found != recorded or "'permissions-management'" not in documentation:
    sys.exit("The behaviour has changed.")
PYTHON
