"""The pack itself: what it finds, what its page says, what an exception does."""

import ast
import dataclasses
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pulumi.runtime.proto import analyzer_pb2

from guardrails import exceptions, pack, render_docs
from guardrails.exceptions import PolicyException

from .analyzer import PACK, running
from .graph import Graph
from .stacks import lean
from .trying import AnalyzerOf
from .ways.account.policy_exceptions import GOOD
from .ways.trail.log_file_validation import WAYS

PAGE = PACK.parent / "docs" / "policies.md"
EXCUSED = "trail-log-file-validation"
TODAY = datetime.now(UTC).date()


def _unsigned(**values: object) -> Graph:
    """The dev stack with log file validation off, and an exception from that guardrail."""
    return WAYS.violations[0].mutate(lean("dev")).configured(policyExceptions=[{**GOOD, **values}])


def _judge(mutated: Graph, analyzer: AnalyzerOf):
    asked = analyzer(mutated)
    asked.configure({})
    return asked.judge(mutated, [each for each in mutated.resources if each.key in mutated.changed])


def test_every_guardrail_is_named_after_its_file_and_says_what_a_reader_needs():
    for module, policy in zip(pack.modules(), pack.find(), strict=True):
        assert policy.name == pack.policy_name(module)
        assert policy.description.count(". ") >= 1, f"{policy.name}: a demand and a reason"
        assert policy.severity and policy.remediation_steps
        assert policy.enforcement_level is None, f"{policy.name}: the pack's level, mandatory, is everybody's"
        assert len(policy.name) <= 100


def test_the_pack_tells_pulumi_that_all_are_mandatory(analyzer: AnalyzerOf):
    info = analyzer(lean("dev")).info
    assert {policy.name for policy in info.policies} == {pack.policy_name(module) for module in pack.modules()}
    assert {policy.enforcementLevel for policy in info.policies} == {analyzer_pb2.MANDATORY}


def test_a_file_without_a_policy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pack, "modules", lambda: ["guardrails.statements"])
    with pytest.raises(pack.PackError, match=r"guardrails\.statements: sets no POLICY"):
        pack.find()


def test_the_page_is_up_to_date():
    page = PAGE.read_text()
    assert render_docs.written(page, pack.find()) == page, "docs/policies.md is stale: run `make docs`"


def test_the_page_without_its_marks_is_refused():
    with pytest.raises(ValueError, match="guardrails: begin"):
        render_docs.written("# Guardrails", [])


def test_an_exception_that_holds_lowers_one_guardrail_to_a_warning(analyzer: AnalyzerOf):
    verdicts = _judge(_unsigned(expires=str(TODAY + timedelta(days=1))), analyzer)
    assert [(said.policy, said.level) for said in verdicts.said] == [(EXCUSED, "advisory")]


def test_an_exception_of_another_guardrail_does_not(analyzer: AnalyzerOf):
    verdicts = _judge(_unsigned(policy="trail-multi-region"), analyzer)
    assert verdicts.red == {EXCUSED}


@pytest.mark.parametrize(
    "wrong", [{"expires": "2020-01-01"}, {"expires": "9999-12-31"}, {"owner": ""}, {"expires": "soon"}]
)
def test_an_exception_that_is_over_or_wrong_lowers_nothing_and_is_red(wrong: dict[str, str], analyzer: AnalyzerOf):
    assert _judge(_unsigned(**wrong), analyzer).red == {EXCUSED, "account-policy-exceptions"}


def test_the_guardrail_on_exceptions_takes_none(analyzer: AnalyzerOf):
    mutated = lean("dev").configured(policyExceptions=[{**GOOD, "policy": "account-policy-exceptions"}])
    assert _judge(mutated, analyzer).red == {"account-policy-exceptions"}


def test_an_exception_holds_to_the_end_of_its_last_day():
    exception = PolicyException("x", date(2027, 1, 31))
    assert exception.holds(date(2027, 1, 31))
    assert not exception.holds(date(2027, 2, 1))
    assert exception.holds(date(2026, 1, 30))
    assert not exception.holds(date(2026, 1, 29)), "more than a year ahead"
    assert not dataclasses.replace(exception, problem="has no owner").holds(date(2027, 1, 1))


def test_the_program_reads_exceptions_as_the_pack_does(monkeypatch: pytest.MonkeyPatch):
    from deadfall.config import of_stack

    config = {**lean("dev").config, "deadfall:policyExceptions": json.dumps([GOOD])}
    (of_program,) = of_stack(config).policy_exceptions
    monkeypatch.setattr("guardrails.stack_config.get_config_env", lambda: config)
    (of_pack,) = exceptions.read()
    assert (of_program.policy, of_program.expires) == (of_pack.policy, of_pack.expires)


@pytest.mark.usefixtures("cold")
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_pack_as_the_cli_starts_it_says_the_same(stack: str, analyzer: AnalyzerOf):
    whole = lean(stack)
    broken = whole.having("aws:sns/topic:Topic", "alarms", "name", "bait-alarms").without(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter", "root-use"
    )
    with running(stack, whole.config) as plain:
        for each in (whole, broken):
            assert plain.judge(each, each.resources) == analyzer(each).judge(each, each.resources)
        assert plain.judge(broken, broken.resources).red


def test_broken_config_is_one_sentence_per_guardrail_and_no_crash(analyzer: AnalyzerOf):
    whole = lean("dev").configured(accountId="12")
    asked = analyzer(whole)
    asked.configure({})
    verdicts = asked.judge(whole, whole.resources)
    assert "detection-both-paths" in verdicts.red
    assert set(verdicts.messages) == {
        "Stack config is not valid, so this can't be checked (deadfall:accountId: must be 12 digits, in quotes: YAML "
        "drops a leading zero); correct it."
    }


ALLOWED = ("deadfall.config", "deadfall.decoy", "deadfall.decoys", "deadfall.names", "deadfall.patterns")
ALLOWED += ("deadfall.touches",)


def test_the_pack_imports_only_what_a_pack_may_know_of_the_project():
    imported: set[str] = set()
    for file in PACK.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module or "")
            elif isinstance(node, ast.Import):
                imported |= {each.name for each in node.names}
    ours = {name for name in imported if name.startswith(("deadfall", "components", "responders", "tests"))}
    assert ours
    assert {name for name in ours if not f"{name}.".startswith(tuple(f"{each}." for each in ALLOWED))} == set()
