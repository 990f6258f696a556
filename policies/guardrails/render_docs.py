"""Write the table of all guardrails into docs/policies.md: `make docs` runs this."""

import json
import re
import sys
from pathlib import Path

from pulumi_policy import Policy, ResourceValidationPolicy

from .pack import find

BEGIN, END = "<!-- guardrails: begin (written by `make docs`) -->", "<!-- guardrails: end -->"


def table(policies: list[Policy]) -> str:
    """Return one Markdown table per topic: requirement and reason, severity, when it is checked, remediation."""
    topics: dict[str, list[Policy]] = {}
    for policy in policies:
        topics.setdefault(policy.name.partition("-")[0], []).append(policy)
    return "\n".join(_topic(topic, of_topic) for topic, of_topic in topics.items())


def written(page: str, policies: list[Policy]) -> str:
    """Return the page with a new table.

    Raises:
        ValueError: the page lacks the markers around the table.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"the page must contain one line {BEGIN} and one line {END}")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table(policies)}\n{END}{rest.partition(END)[2]}"


def _topic(topic: str, policies: list[Policy]) -> str:
    rows = [
        f"### {topic}",
        "",
        "| guardrail | severity | checks | description and rationale | remediation |",
        "|---|---|---|---|---|",
        *(_row(policy) for policy in policies),
        "",
    ]
    return "\n".join(rows)


def _row(policy: Policy) -> str:
    checks = "each resource" if isinstance(policy, ResourceValidationPolicy) else "the stack"
    severity = policy.severity.value if policy.severity else ""
    cells = (f"`{policy.name}`", severity, checks, policy.description + _settings(policy), policy.remediation_steps)
    return f"| {' | '.join(_cell(cell or '') for cell in cells)} |"


def _settings(policy: Policy) -> str:
    if not policy.config_schema:
        return ""
    properties = policy.config_schema.properties.items()
    return "".join(
        f" Setting `{key}`: {schema.get('description', '')} Default `{json.dumps(schema['default'])}`."
        for key, schema in properties
    )


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(written(page.read_text(), find()))
