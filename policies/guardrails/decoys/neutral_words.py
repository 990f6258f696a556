"""No text in AWS reveals that there are decoys.

Left out: the responder's code, whose own words are about decoys, and which those who merely list what is there can't
read. Its handler, kill_switch, is looked at like all else: it says that something responds, and not to what.
"""

import re

from pulumi_policy import ResourceValidationArgs, Severity

from ..decoy_values import secret_parts
from ..guardrail import Report, on_resource
from ..leaves import leaves
from ..types import PROVIDER, SECRET_VERSION

# Words that Pacu and other tools, or a curious reader, look for (docs/aws-facts.md, telling-words).
TELLING = re.compile(
    r"honey|canary|decoy|ghost|(?<!s)trap|bait|fake|deadfall|deception|tripwire|thinkst|spacecrab", re.I
)


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.resource_type != PROVIDER and not args.resource_type.startswith("aws:"):
        args.not_applicable("nothing of this is in AWS")
    for path, text in leaves(args.props):
        if path.startswith(".code"):
            continue
        shown = f"{path} = {_without_random_parts(text) if args.resource_type == SECRET_VERSION else text}"
        if word := TELLING.search(shown):
            report(f"'{word[0]}' in {path.removeprefix('.')} reveals the decoy; choose a neutral word.")


def _without_random_parts(text: str) -> str:
    """A password may say anything."""
    for part in secret_parts(text):
        text = text.replace(part, "")
    return text


POLICY = on_resource(
    __name__,
    applies_to=[],
    description="No name, tag, description or other text stored in AWS contains a word such as honey, canary or decoy.",
    rationale="Intruders list resources before they touch any, and their tools search for such words.",
    severity=Severity.HIGH,
    remediation="Choose names that real resources would have; tags of the whole stack are in deadfall:tags.",
    check=_check,
)
