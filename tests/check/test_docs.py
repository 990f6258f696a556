"""Every piece of stack config in the documents passes the check and the policy pack."""

import re

import pytest
import yaml

from deadfall.check import config as config_check
from deadfall.check.guardrails import program_values
from deadfall.check.policy_pack import running
from deadfall.check.preview import preview
from deadfall.check.rules import check_rules, unknown_detections
from deadfall.check.stack_text import read
from deadfall.config import Validation
from deadfall.stack_files import PROJECT, SEED

DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
BLOCKS = [
    pytest.param(file.name, block, id=f"{file.name}: {block.split()[1]}")
    for file in DOCUMENTS
    for block in re.findall(r"^```yaml\n(config:.*?)^```", file.read_text(), re.DOTALL | re.MULTILINE)
]


def in_stack(block: str, stack: str) -> Validation:
    """Validate a block whose keys replace those of a shipped stack; return the result if there is no mistake."""
    content = yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text())
    content["config"] |= yaml.safe_load(block)["config"]
    text = read(yaml.safe_dump(content))
    validation = config_check.validation_of(text)
    assert [each for each in config_check.findings("", text, validation) if not each.is_warning] == []
    return validation


def test_there_are_such_blocks():
    assert {block.values[0] for block in BLOCKS} == {"configure.md", "cost.md", "policies.md"}


@pytest.mark.parametrize(("document", "block"), BLOCKS)
def test_config_in_a_document_has_no_mistake(document: str, block: str):
    written = read(block)
    assert written.problems == []
    config = in_stack(block, "minimal").config
    assert unknown_detections(config) == {}
    assert list(check_rules(config).findings) == []


def test_the_smallest_set_of_detections_passes_the_policy_pack_and_has_as_many_alarms_as_the_page_says():
    (block,) = (block.values[1] for block in BLOCKS if block.values[0] == "cost.md")
    config = in_stack(str(block), "dev").config
    values = program_values(config)
    with running("dev", values) as pack:
        previewed = preview("dev", values, frozenset(SEED), config.account_id)
        guardrails, violations = pack.violations(previewed)
    assert (guardrails > 90, violations) == (True, [])
    alarms = sum(each.type == "aws:cloudwatch/metricAlarm:MetricAlarm" for each in previewed.resources)
    assert f"leaves {alarms} alarms" in (PROJECT / "docs" / "cost.md").read_text()


def test_compulsory_detections_are_listed_in_the_page():
    from deadfall.config import COMPULSORY_DETECTIONS
    from deadfall.decoys import KINDS

    section = (PROJECT / "docs" / "configure.md").read_text().partition("## Detections that every stack has")[2]
    section = section.partition("\n## ")[0]
    for name, kind in KINDS.items():
        row = f"| `{name}` | {', '.join(f'`{each}`' for each in kind.compulsory_detections)} |"
        assert row in section
    for name in COMPULSORY_DETECTIONS:
        assert f"`{name}`" in section
