#!/usr/bin/env bash
# Expected: modifiers of a field are chained (Sigma specification, "Modifiers"), or their combination is an error.
# What happens (pySigma 2.0.1): without an error, |hour|minute keeps the minute only, |cased|wide ignores case,
# |expand|base64 encodes the placeholder's name, and |contains|utf16 puts the byte order mark before the first wildcard.
# Why it matters: the rule still converts, and matches other events, or none.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check pysigma==2.0.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import base64
import sys
from importlib.metadata import version

from sigma.rule import SigmaDetectionItem
from sigma.types import SigmaCasedString

print("pySigma", version("pysigma"))


def value(key, text):
    (value,) = SigmaDetectionItem.from_mapping(key, text).value
    return value


part = value("eventTime|hour|minute", 3).timestamp_part.name
wide = type(value("userAgent|cased|wide", "A"))
encoded = base64.b64decode(str(value("userAgent|expand|base64", "%names%"))).decode()
first = value("userAgent|contains|utf16", "a").s[0]
print("|hour|minute compares the", part)
print("|cased|wide is a", wide.__name__)
print("|expand|base64 encodes", encoded)
print("|contains|utf16 begins with", repr(first))
as_described = (part, encoded, first) == ("MINUTE", "%names%", "\ufeff") and wide is not SigmaCasedString
if not as_described:
    sys.exit("The behaviour has changed.")
PYTHON
