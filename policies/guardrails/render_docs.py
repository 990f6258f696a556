"""The table of all guardrails in docs/policies.md: `make docs` writes it anew."""

import json
import re
import sys
from pathlib import Path

from pulumi_policy import Policy, ResourceValidationPolicy

from .pack import find

BEGIN, END = "<!-- guardrails: begin (written by `make docs`) -->", "<!-- guardrails: end -->"


def table(policies: list[Policy]) -> str:
    """One Markdown table per topic: what is demanded and why, how severe, when it is checked, what to change."""
    topics: dict[str, list[Policy]] = {}
    for policy in policies:
        topics.setdefault(policy.name.partition("-")[0], []).append(policy)
    return "\n".join(_topic(topic, of_topic) for topic, of_topic in topics.items())


def written(page: str, policies: list[Policy]) -> str:
    """The page with its table written anew.

    Raises:
        ValueError: the page has lost the marks between which the table stands.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"the page must contain one line {BEGIN} and one line {END}")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table(policies)}\n{END}{rest.partition(END)[2]}"


def _topic(topic: str, policies: list[Policy]) -> str:
    rows = [
        f"### {topic}",
        "",
        "| guardrail | severity | looks at | what it demands, and why | what to change |",
        "|---|---|---|---|---|",
        *(_row(policy) for policy in policies),
        "",
    ]
    return "\n".join(rows)


def _row(policy: Policy) -> str:
    looks_at = "each resource" if isinstance(policy, ResourceValidationPolicy) else "the stack"
    severity = policy.severity.value if policy.severity else ""
    cells = (f"`{policy.name}`", severity, looks_at, policy.description + _settings(policy), policy.remediation_steps)
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
