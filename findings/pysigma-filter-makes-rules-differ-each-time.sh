#!/usr/bin/env bash
# Expected: a rule with a filter applied is the same each time it is loaded from the same files.
# What happens (pySigma 2.0.1): the filter's detections get a random name in the rule (_filt_ and ten letters) and in
# its condition, anew at each load.
# Why it matters: rules that are checksummed, cached by content or compared with a golden file differ at each run once
# a filter covers them; each deployment changes each rule.
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


first, second = ([rule.to_dict() for rule in load("any")] for _ in range(2))
print(first[0]["detection"])
print(second[0]["detection"])
found = [first == second, first[0]["logsource"] == second[0]["logsource"]]
found.append(all(name == "selection" or name.startswith("_filt_") for name in load("any")[0].detection.detections))
recorded = [False, True, True]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
