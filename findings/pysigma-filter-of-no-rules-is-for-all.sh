#!/usr/bin/env bash
# Expected: a filter applies to the rules that it lists: with an empty list to none. A name that no rule has is an
# error, as it is in a correlation.
# What happens (pySigma 2.0.1): an empty list is taken as 'any' and the filter applies to each rule of the log source.
# A list with a misspelt name loads clean and applies to none.
# Why it matters: filters hold exclusions, and their lists get generated. When the last rule leaves the list, the user
# is excluded from all rules, without a warning.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check pysigma==2.0.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from sigma.collection import SigmaCollection

print("pySigma", version("pysigma"))
RULE = """
title: {name}
name: {name}
logsource: {{product: aws, service: cloudtrail}}
detection:
  selection: {{eventName: {event}}}
  condition: selection
"""
FILTER = """
title: Break glass
logsource: {{product: aws, service: cloudtrail}}
filter:
  rules: {rules}
  users: {{userIdentity.userName: break-glass}}
  condition: not users
"""


def load(rules):
    documents = [RULE.format(name="reads", event="GetSecretValue"), RULE.format(name="lists", event="ListSecrets")]
    collection = SigmaCollection.from_yaml("---".join([*documents, FILTER.format(rules=rules)]))
    collection.resolve_rule_references()
    return [rule for rule in collection.rules if hasattr(rule, "detection")]


found = {}
for rules in ("[reads]", "[raeds]", "[]"):
    found[rules] = [len(rule.detection.detections) == 2 for rule in load(rules)]
    print(f"rules: {rules:8} excluded from (reads, lists): {found[rules]}")
recorded = {"[reads]": [True, False], "[raeds]": [False, False], "[]": [True, True]}
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
