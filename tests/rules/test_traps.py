"""Common pitfalls of detections on CloudTrail, each with a rule that works (docs/aws-facts.md, published-records)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from deadfall.decoys.access_key import AccessKeyDecoy
from deadfall.decoys.secret import SecretDecoy
from deadfall.names import Names
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.rules.backend_evaluation import evaluate_sql
from deadfall.rules.compiler import CompiledRule, try_compile
from deadfall.rules.coverage.deployment import WITH_READS, Deployment, events, is_delivered, plan_deployment
from deadfall.rules.detection import StackDetection
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.metric_filter.patterns import filter_patterns
from deadfall.rules.sigma.parse import parse
from deadfall.stack_files import config_of
from deadfall.touches.records import Record, Scene, iam_user, refusals, role_session

from .stack import detections_of

ACCOUNT, HOME, GLOBAL = "111122223333", "eu-west-1", "us-east-1"
SCENE = Scene(ACCOUNT, HOME)
MALLORY, APP, DEPLOYER = iam_user(ACCOUNT, "mallory"), role_session(ACCOUNT, "app"), role_session(ACCOUNT, "deploy")
NAME = "prod/billing/postgres"
PARTIAL_ARN = f"arn:aws:secretsmanager:{HOME}:{ACCOUNT}:secret:{NAME}"
FULL_ARN = f"{PARTIAL_ARN}-AbC1d2"


def compiled(detection: str) -> CompiledRule:
    """Return a rule with this detection (YAML)."""
    header = (
        "title: a trap\nid: 5ffb0f3c-6e0c-4c2e-9d54-0d4f0a0e2d10\nlevel: high\n"
        "logsource: {product: aws, service: cloudtrail}\n"
    )
    return try_compile(parse(header + f"detection: {detection}\n", "trap")[0])


def read(secret_id: str = NAME, *, denied: str | None = None, caller: Any = MALLORY) -> Record:
    return SCENE.call("secretsmanager", "GetSecretValue", caller, {"secretId": secret_id}, reads=True, denied=denied)


def on_path_e(found: CompiledRule, record: Record) -> bool:
    return any(EventPattern(pattern).matches(event) for pattern in found.event_patterns for event in events(record))


def on_path_l(found: CompiledRule, record: Record) -> bool:
    return any(FilterPattern(text).matches(record) for text in found.filter_patterns)


def on_both(found: CompiledRule, record: Record) -> tuple[bool, bool]:
    return on_path_e(found, record), on_path_l(found, record)


@pytest.fixture
def dev() -> Sequence[StackDetection]:
    return detections_of("dev")


@pytest.fixture(scope="module")
def stack() -> Deployment:
    return plan_deployment(config_of("dev"), detections_of("dev"))


def names(found: Any) -> set[str]:
    return {each.rule.name for each in found}


def of(dev: Sequence[StackDetection], name: str) -> CompiledRule:
    return next(each.compiled for each in dev if each.rule.name == name)


def test_a_read_does_not_reach_a_rule_in_the_state_enabled(stack: Deployment):
    """0 of 80 published GetSecretValue records match (docs/aws-facts.md, secret-read-is-read-only)."""
    rule = next(each for each in stack.rules if each.detection.rule.name == "decoy_secret_read")
    assert not replace(rule, state="ENABLED").matches(read())
    assert rule.state == WITH_READS
    assert rule.matches(read())


def test_a_write_reaches_a_rule_in_the_state_enabled():
    (event,) = events(SCENE.call("secretsmanager", "PutSecretValue", MALLORY, {}, reads=False))
    assert is_delivered("ENABLED", event)
    assert not is_delivered("DISABLED", event)


def test_a_denied_call_has_no_parameters_to_match(dev: Sequence[StackDetection]):
    by_parameter = compiled(
        f"{{it: {{eventName: GetSecretValue, requestParameters.secretId|cased: {NAME}}}, condition: it}}"
    )
    assert on_both(by_parameter, read()) == (True, True)
    for message in refusals(MALLORY, "secretsmanager:GetSecretValue", NAME):
        assert on_both(by_parameter, read(denied=message)) == (False, False)
        assert on_both(of(dev, "decoy_secret_read"), read(denied=message)) == (True, True)


def test_a_partial_arn_is_neither_the_name_nor_the_arn(dev: Sequence[StackDetection]):
    """AWS accepts an ARN without its suffix (Secrets Manager user guide, "Finding a secret from a partial ARN")."""
    spelled_out = compiled(f"{{it: {{requestParameters.secretId|cased: ['{NAME}', '{FULL_ARN}']}}, condition: it}}")
    assert on_both(spelled_out, read(PARTIAL_ARN)) == (False, False)
    for spelling in (NAME, PARTIAL_ARN, FULL_ARN):
        assert on_both(of(dev, "decoy_secret_read"), read(spelling)) == (True, True)


@pytest.mark.parametrize(
    ("service", "operation", "parameter", "single"),
    [("secretsmanager", "BatchGetSecretValue", "secretIdList", "secretId"), ("ssm", "GetParameters", "names", "name")],
)
def test_a_list_of_names_is_not_a_name(service: str, operation: str, parameter: str, single: str):
    record = SCENE.call(service, operation, MALLORY, {parameter: ["another", NAME]}, reads=True)
    assert on_both(compiled(f"{{it: {{requestParameters.{single}|cased: {NAME}}}, condition: it}}"), record) == (
        False,
        False,
    )
    listed = compiled(f"{{it: {{requestParameters.{parameter}|cased: {NAME}}}, condition: it}}")
    assert on_path_e(listed, record)
    assert not listed.filter_patterns, "metric filters do not look into lists"
    with pytest.raises(NotExpressibleError, match=parameter):
        filter_patterns(listed.rule)


def test_iam_appears_only_in_us_east_1(stack: Deployment):
    record = Scene(ACCOUNT, GLOBAL).call(
        "iam", "CreateAccessKey", MALLORY, {"userName": "svc-billing-export"}, reads=False
    )
    assert "decoy_user_change" in names(stack.match_on_event_path(record))
    only_home = replace(stack, rules=[rule for rule in stack.rules if rule.region == HOME])
    assert not names(only_home.match_on_event_path(record))


def test_a_forwarded_event_must_also_match_in_the_home_region(stack: Deployment):
    record = Scene(ACCOUNT, GLOBAL).call(
        "sts", "GetCallerIdentity", iam_user(ACCOUNT, "svc-billing-export"), reads=True
    )
    assert "decoy_key_used" in names(stack.match_on_event_path(record))
    nowhere_to_go = replace(stack, rules=[rule for rule in stack.rules if rule.region != HOME])
    assert not names(nowhere_to_go.match_on_event_path(record))


def test_forged_events_on_the_bus_do_not_match(stack: Deployment):
    """PutEvents rejects customers' sources that begin with aws. (EventBridge user guide, "Events")."""
    (event,) = events(read())
    forged = {**event, "source": "aws-secretsmanager"}
    unpinned = EventPattern({"detail": {"eventName": ["GetSecretValue"]}})
    assert unpinned.matches(forged)
    assert any(EventPattern(rule.pattern).matches(event) for rule in stack.rules)
    assert not any(EventPattern(rule.pattern).matches(forged) for rule in stack.rules)


@pytest.mark.parametrize("name", ["dev", "minimal", "prod"])
def test_every_pattern_names_aws_as_the_source(name: str):
    for rule in plan_deployment(config_of(name), detections_of(name)).rules:
        pattern = json.loads(rule.pattern)
        for source in pattern["source"]:
            assert (source["prefix"] if isinstance(source, dict) else source).startswith("aws."), rule


def test_a_long_term_key_has_no_session_and_is_not_filtered_out():
    """0 of 2,182 published records of long-term keys have a sessionIssuer (docs/aws-facts.md, session-issuer)."""
    found = compiled(
        "{it: {eventName: GetSecretValue}, "
        f"deployer: {{userIdentity.sessionContext.sessionIssuer.arn|cased: 'arn:aws:iam::{ACCOUNT}:role/deploy'}}, "
        "condition: it and not deployer}"
    )
    records = [read(caller=caller) for caller in (MALLORY, APP, DEPLOYER)]
    assert "sessionContext" not in records[0]["userIdentity"]
    assert [on_path_e(found, record) for record in records] == [True, True, False]
    assert [on_path_l(found, record) for record in records] == [True, True, False]
    assert evaluate_sql([found.rule.condition], records) == [[True, True, False]]


def test_a_denied_assume_role_leaves_no_record_in_the_roles_account(stack: Deployment):
    """IAM user guide, "Logging IAM and AWS STS API calls with AWS CloudTrail": denied requests are not logged in the
    target account. The caller's account has a record that names the role only in its message."""
    key = AccessKeyDecoy.model_validate({"kind": "accessKey", "userName": "svc-billing-export"})
    denied = next(
        touch
        for touch in key.touches(Names(ACCOUNT, HOME, "account-audit"), HOME)
        if touch.way == "AssumeRole in another account" and touch.outcome == "denied"
    )
    role = denied.traces[0].label
    by_parameter = compiled(f"{{it: {{requestParameters.roleArn|cased: '{role}'}}, condition: it}}")
    by_message = compiled(f"{{it: {{errorMessage|cased|contains: '{role}'}}, condition: it}}")
    for trace in denied.traces:
        (record,) = trace.documented
        assert record["recipientAccountId"] == ACCOUNT != role.split(":")[4]
        assert on_both(by_parameter, record) == (False, False)
        assert on_both(by_message, record) == (True, True)
        assert "decoy_key_used" in names(stack.match_on_event_path(record)) & names(stack.match_on_log_path(record))


def test_an_organizations_log_distinguishes_accounts():
    config = config_of("prod")
    prod = plan_deployment(config, detections_of("prod"))
    scene = Scene(config.account_id, config.home)
    record: Mapping[str, Any] = scene.call(
        "secretsmanager", "GetSecretValue", MALLORY, {"secretId": config.decoys_of(SecretDecoy)[0].name}, reads=True
    )
    assert "decoy_secret_read" in names(prod.match_on_log_path(record))
    assert not names(prod.match_on_log_path({**record, "recipientAccountId": "999988887777"}))


def test_sign_ins_have_two_detail_types(stack: Deployment):
    root = {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
    record = Scene(ACCOUNT, GLOBAL).sign_in("ConsoleLogin", replace(MALLORY, identity=root))
    both = events(record)
    assert len({event["detail-type"] for event in both}) == 2
    of_one = EventPattern({"source": ["aws.signin"], "detail-type": [both[0]["detail-type"]]})
    assert [of_one.matches(event) for event in both] == [True, False]
    assert "root_use" in names(stack.match_on_event_path(record)), "it matches both"


def test_anything_but_does_not_match_absent_fields():
    record = read()
    assert "errorCode" not in record
    (event,) = events(record)
    assert not EventPattern({"detail": {"errorCode": [{"anything-but": "AccessDenied"}]}}).matches(event)
    assert not FilterPattern('{ $.errorCode != "AccessDenied" }').matches(record)
    found = compiled(
        "{it: {eventName: GetSecretValue}, denied: {errorCode|cased: AccessDenied}, condition: it and not denied}"
    )
    assert on_both(found, record) == (True, True)
    assert on_both(found, {**record, "errorCode": "AccessDenied"}) == (False, False)
