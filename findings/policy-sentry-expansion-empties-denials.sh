#!/usr/bin/env bash
# Expected: get_expanded_policy returns the policy with wildcard actions written out, other statements as they are.
# What happens (policy_sentry 0.15.2): the Action of each Deny becomes an empty list, and a NotAction that is a text
# becomes an empty list too: Deny nothing, Allow everything. Of the second there is a log line, of the first none.
# Why it matters: the result still looks like a policy. Compared, reported or attached instead of the original, it has
# lost its denials: a guard, boundary or SCP reads as harmless.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check policy_sentry==0.15.2
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import json
import logging
import sys
from importlib.metadata import version

from policy_sentry.analysis.expand import get_expanded_policy

logging.disable()
print("policy_sentry", version("policy_sentry"))
allow = {"Effect": "Allow", "Action": "iam:*UserPolicy", "Resource": "*"}
deny = {"Effect": "Deny", "Action": "iam:*UserPolicy", "Resource": "*"}
rest = {"Effect": "Allow", "NotAction": "iam:*UserPolicy", "Resource": "*"}
found = []
for statement in (allow, deny, rest):
    [expanded] = get_expanded_policy({"Version": "2012-10-17", "Statement": [statement]})["Statement"]
    found.append(expanded.get("Action", expanded.get("NotAction")))
    print(json.dumps(statement), "\n  ->", json.dumps(expanded))
if not ("iam:PutUserPolicy" in found[0] and found[1:] == [[], []]):
    sys.exit("The behaviour has changed.")
PYTHON
