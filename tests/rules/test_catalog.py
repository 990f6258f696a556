"""The detections of a stack: which rules are deployed, under which names, in which regions."""

import json
import re
from pathlib import Path
from textwrap import dedent

import pytest

from deadfall.decoys.secret import SecretDecoy
from deadfall.rules.catalog import detections, files, filters, rules_in
from deadfall.rules.detection import StackDetection
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.parse import RuleError

from .stack import DEPLOY_ROLE, stack

NOT_THE_DEPLOY_ROLE = "".join(
    (
        "(($.userIdentity.sessionContext.sessionIssuer.arn NOT EXISTS)",
        " || ($.userIdentity.sessionContext.sessionIssuer.arn IS NULL)",
        f' || ($.userIdentity.sessionContext.sessionIssuer.arn != "{DEPLOY_ROLE}"))',
    )
)
READ = """
    detection:
      call: {eventSource: secretsmanager.amazonaws.com, eventName: GetSecretValue}
      named: {'requestParameters.secretId|cased|expand': '%decoy_name%'}
      condition: call and named
    deadfall: {response: contain, decoy: secret, resource: access}
"""
STOPPED = """
    detection:
      call: {eventSource: cloudtrail.amazonaws.com, eventName: StopLogging}
      condition: call
"""
BATCH = """
    detection:
      listed: {eventSource: secretsmanager.amazonaws.com, requestParameters.secretIdList|cased: a}
      condition: listed
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def put(folder: Path, name: str, body: str) -> None:
    """Write a rule to a file of this name."""
    head = f"title: {name} %decoy_name%\nid: 5b5ee1e4-5a46-4f4e-8a3d-5f9b1b4f4a11\nlevel: high\n"
    source = "logsource: {product: aws, service: cloudtrail}\n"
    (folder / f"{name}.yml").write_text(head + source + dedent(body))


def only(found: list[StackDetection]) -> StackDetection:
    assert len(found) == 1
    return found[0]


def test_a_rule_for_decoys_is_deployed_once_per_decoy_in_its_region(folder: Path):
    put(folder, "decoy_read", READ)
    first, second = detections(stack(), folder)
    assert (first.title, first.regions, first.response) == ("decoy_read a", ("eu-west-1",), "contain")
    watched = stack().decoys_of(SecretDecoy)[1]
    assert (second.title, second.regions, second.decoy) == ("decoy_read b", ("us-east-1",), watched)
    assert first.id != second.id and {each.id.rpartition("-")[0] for each in (first, second)} == {"access"}
    assert [each["detail"]["requestParameters"] for each in first.compiled.event_patterns] == [{"secretId": ["a"]}]


def test_without_such_a_decoy_it_is_not_deployed(folder: Path):
    put(folder, "decoy_read", READ)
    assert detections(stack(decoys=[{"kind": "accessKey", "userName": "u"}]), folder) == []


def test_a_rule_about_what_the_stack_does_not_have_is_not_deployed(folder: Path):
    put(
        folder,
        "user_looked_at",
        STOPPED.replace("eventName: StopLogging", "'requestParameters.userName|cased|expand': '%decoy_users%'"),
    )
    assert detections(stack(), folder) == []
    users = [{"kind": "accessKey", "userName": "u"}]
    assert only(detections(stack(decoys=users), folder)).id == "user-looked-at"


def test_any_other_rule_is_deployed_once_and_named_like_its_file(folder: Path):
    put(folder, "logging_stopped", STOPPED)
    found = only(detections(stack(), folder))
    assert (found.id, found.title, found.response, found.decoy) == (
        "logging-stopped",
        "logging_stopped %decoy_name%",
        "alert",
        None,
    )
    assert (found.regions, found.compiled.matches_reads) == (("eu-west-1", "us-east-1"), False)


def test_only_the_log_path_of_decoys_excludes_the_deploy_role(folder: Path):
    put(folder, "decoy_read", READ)
    put(folder, "logging_stopped", STOPPED)
    read, _, stopped = detections(stack(), folder)
    (text,) = filters(read)
    assert text.count(NOT_THE_DEPLOY_ROLE) == 1
    assert DEPLOY_ROLE not in json.dumps(read.compiled.event_patterns)
    assert filters(stopped) == ('{ ($.eventSource = "cloudtrail.amazonaws.com") && ($.eventName = "StopLogging") }',)


def test_filters_over_an_organizations_log_group_are_of_this_account(folder: Path):
    put(folder, "logging_stopped", STOPPED)
    trail = {"existing": {"logGroupName": "trail", "organization": True}}
    (text,) = filters(only(detections(stack(trail=trail), folder)))
    assert text.startswith('{ ($.recipientAccountId = "111122223333") && ')


FINDING = """
    detection:
      finding: {severity|gte: 4}
      condition: finding
    deadfall:
      response: RESPONSE
      gaps: {metric-filter: not in the log group, sql: not in the archive}
"""


@pytest.mark.parametrize(
    ("response", "detections_of_stack", "key"),
    [
        ("contain", {}, "deadfall.response"),
        ("alert", {"finding": "contain"}, "deadfall:detections.finding"),
        ("observe", {"*": "contain"}, "deadfall:detections.finding"),
    ],
)
def test_a_rule_on_findings_cannot_contain(folder: Path, response: str, detections_of_stack: dict[str, str], key: str):
    put(folder, "finding", FINDING.replace("RESPONSE", response))
    file = folder / "finding.yml"
    file.write_text(file.read_text().replace("service: cloudtrail", "service: guardduty"))
    with pytest.raises(RuleError) as refused:
        detections(stack(detections=detections_of_stack), folder)
    assert str(refused.value) == (
        f"finding: the responder reports GuardDuty's findings but does not contain on them; set {key} to alert"
    )
    assert only(detections(stack(detections={**detections_of_stack, "finding": "alert"}), folder)).response == "alert"


def test_config_overrides_or_disables_the_response(folder: Path):
    put(folder, "logging_stopped", STOPPED)
    assert only(detections(stack(detections={"logging_stopped": "contain"}), folder)).response == "contain"
    assert detections(stack(detections={"logging_stopped": "none"}), folder) == []


def test_the_longest_pattern_of_config_wins(folder: Path):
    put(folder, "logging_stopped", STOPPED)
    put(folder, "logging_resumed", STOPPED)
    responses = {"*": "none", "logging_*": "observe", "logging_stopped": "default"}
    found = {each.id: each.response for each in detections(stack(detections=responses), folder)}
    assert found == {"logging-resumed": "observe", "logging-stopped": "alert"}
    assert detections(stack(detections={"*": "none"}), folder) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (BATCH, "some_rule: a metric filter can't use requestParameters.secretIdList"),
        (BATCH + "    deadfall: {gaps: {metric-filter: a list, sql: none}}", "deadfall.gaps.sql is not a gap"),
        (
            STOPPED + "    deadfall: {response: remediate}",
            "some_rule: deadfall.response: input should be 'observe', 'alert' or 'contain'",
        ),
        (STOPPED + "    deadfall: {resource: honey}", "some_rule: 'honey' in its AWS resource names reveals a decoy"),
        (
            STOPPED + "    deadfall: {decoy: bucket}",
            "some_rule: deadfall.decoy: no such kind of decoy",
        ),
        (READ.replace("decoy: secret, ", ""), "some_rule: unknown placeholder %decoy_name%; available: account_id"),
        (READ.replace("%decoy_name%", "%nothing%"), "some_rule: unknown placeholder %nothing%"),
        ("    detection: [", "some_rule: is not YAML"),
    ],
)
def test_an_undeployable_rule_is_reported_in_a_sentence(folder: Path, body: str, message: str):
    put(folder, "some_rule", body)
    with pytest.raises((RuleError, NotExpressibleError)) as refused:
        detections(stack(), folder)
    assert message in str(refused.value) and "\n" not in str(refused.value)


def test_a_declared_gap_omits_one_path(folder: Path):
    put(folder, "batch", BATCH + "    deadfall: {gaps: {metric-filter: a list}}")
    found = only(detections(stack(), folder))
    assert (len(found.compiled.event_patterns), filters(found)) == (1, ())
    assert found.compiled.gaps == {"metric-filter": "a list"}


def test_a_threshold_rule_may_omit_the_event_path(folder: Path):
    counting = """
        ---
        title: t
        id: 0f3a2c46-6d0a-4e0e-9d51-0c1f2f7f3b11
        level: high
        correlation: {type: event_count, rules: [base], timespan: 5m, condition: {gte: 5}}
        deadfall: {gaps: {eventbridge: too many}}
    """
    put(folder, "stopped_often", "name: base\n" + dedent(STOPPED) + dedent(counting))
    found = only(detections(stack(), folder))
    assert (found.compiled.event_patterns, len(filters(found))) == ((), 1)


def test_an_exact_filter_is_added_unless_it_equals_the_compiled_one(folder: Path):
    cis = "    cis: {control: CloudWatch.5, section: '4.5', filter: '%s'}"
    put(folder, "logging_stopped", STOPPED + cis % "{($.eventName = StopLogging)}")
    compiled, exact = filters(only(detections(stack(), folder)))
    assert exact == "{($.eventName = StopLogging)}" != compiled
    put(folder, "logging_stopped", STOPPED + cis % compiled)
    assert filters(only(detections(stack(), folder))) == (compiled,)


def test_unknown_names_in_config_and_names_used_twice_are_refused(folder: Path):
    put(folder, "logging_stopped", STOPPED)
    with pytest.raises(RuleError, match=r"deadfall:detections: no detection matches 'x'; available: logging_stopped"):
        detections(stack(detections={"x": "none"}), folder)
    put(folder, "other", STOPPED + "    deadfall: {resource: logging-stopped}")
    with pytest.raises(RuleError, match=r"two rules name their AWS resources 'logging-stopped'"):
        detections(stack(), folder)


def test_more_filters_than_a_log_group_accepts_are_rejected(folder: Path):
    for number in range(101):
        put(folder, f"rule_{number}", STOPPED)
    with pytest.raises(NotExpressibleError, match="a log group accepts 100 metric filters, and the rules need 101"):
        detections(stack(), folder)


def test_more_wildcard_rules_than_a_bus_accepts_are_rejected(folder: Path):
    contains = STOPPED.replace("eventName: StopLogging", "'errorMessage|cased|contains': x")
    for number in range(31):
        put(folder, f"rule_{number}", contains)
    with pytest.raises(
        NotExpressibleError, match="accepts 30 rules with wildcards, and eu-west-1 needs 31; plant fewer"
    ):
        detections(stack(), folder)


@pytest.mark.parametrize(("home", "accepted"), [("af-south-1", False), ("eu-west-1", True)])
def test_some_regions_accept_fewer_rules(folder: Path, home: str, accepted: bool):
    for number in range(100):
        put(folder, f"stopped_{number}", STOPPED)
    config = stack(regions=[home], decoys=[{"kind": "accessKey", "userName": "u"}])
    if accepted:
        assert len(detections(config, folder)) == 100
        return
    with pytest.raises(NotExpressibleError, match="accepts 100 rules, and af-south-1 needs 101; use fewer"):
        detections(config, folder)


def test_a_long_file_name_is_cut_and_stays_unique(folder: Path):
    for end in ("a", "b"):
        put(folder, f"aws_cloudtrail_some_rule_of_a_long_name_as_sigmahq_has_them_{end}", STOPPED)
    names = [each.id for each in detections(stack(), folder)]
    assert [len(name) for name in names] == [40, 40] and len(set(names)) == 2


COUNTING = """
    detection:
      call: {eventSource: cloudtrail.amazonaws.com, eventName: StopLogging}
      condition: call
    ---
    title: Often
    id: 0c9e2d7e-56a4-4f52-8e4e-6f2f6b1f2c3d
    level: high
    correlation: {type: event_count, rules: [base], timespan: 5m, group-by: [FIELD], condition: {gte: 5}}
    deadfall: {response: contain}
"""


def counting(field: str, timespan: str = "5m") -> str:
    return "name: base\n" + dedent(COUNTING).replace("FIELD", field).replace("5m", timespan)


def test_callers_are_not_contained_for_other_callers_at_the_same_address(folder: Path):
    put(folder, "stopped_often", counting("sourceIPAddress"))
    with pytest.raises(RuleError, match=r"^stopped_often: counts events of several callers together"):
        detections(stack(), folder)
    assert only(detections(stack(detections={"*": "alert"}), folder)).response == "alert"
    put(folder, "stopped_often", counting("userIdentity.arn"))
    assert only(detections(stack(), folder)).response == "contain"


def test_config_can_not_make_a_rule_contain_for_other_callers_either(folder: Path):
    put(folder, "stopped_often", counting("sourceIPAddress").replace("response: contain", "response: alert"))
    file = folder / "stopped_often.yml"
    assert len(list(rules_in(file, stack()))) == 1
    remedy = r"set deadfall:detections\.stopped_often to alert"
    for name in ("stopped_often", "stopped_*"):
        with pytest.raises(RuleError, match=remedy):
            list(rules_in(file, stack(detections={name: "contain"})))
        with pytest.raises(RuleError, match=remedy):
            detections(stack(detections={name: "contain"}), folder)


@pytest.mark.parametrize("timespan", ["30s", "90s", "2d"])
def test_a_threshold_that_no_alarm_supports_is_a_log_path_gap(folder: Path, timespan: str):
    put(folder, "stopped_often", counting("userIdentity.arn", timespan))
    with pytest.raises(
        NotExpressibleError, match=r"alarm can't count over \d+ seconds; .*deadfall\.gaps\.metric-filter"
    ):
        detections(stack(), folder)


def test_rules_whose_resource_names_collide(folder: Path):
    put(folder, "stopped", STOPPED + """    cis: {section: "4.5", filter: '{$.eventName=StopLogging}'}\n""")
    put(folder, "stopped_cis", STOPPED)
    with pytest.raises(RuleError, match=r"^two rules name their AWS resources 'stopped-cis'; give one of them another"):
        detections(stack(), folder)


@pytest.mark.parametrize("name", ["alarm_change", "rule_dead_letters", "responder_errors"])
def test_rules_named_like_other_resources(folder: Path, name: str):
    put(folder, name, STOPPED)
    with pytest.raises(RuleError, match="like another Deadfall resource; set its deadfall"):
        detections(stack(), folder)


@pytest.mark.parametrize("name", ["a rule (1)", 'a"b', "a.b"])
def test_a_file_name_that_is_not_a_valid_resource_name(folder: Path, name: str):
    put(folder, name, STOPPED)
    with pytest.raises(RuleError, match=r"is not a valid AWS resource name; .* or set deadfall\.resource"):
        detections(stack(), folder)


def test_both_yaml_extensions(folder: Path):
    put(folder, "stopped", STOPPED)
    (folder / "stopped.yml").rename(folder / "stopped.yaml")
    assert only(detections(stack(), folder)).id == "stopped"


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_without_rules_is_refused(tmp_path: Path, exists: bool):
    rules = tmp_path / "detections"
    if exists:
        (rules / "tests").mkdir(parents=True)
    for read in (lambda: files(rules), lambda: detections(stack(), rules)):
        with pytest.raises(RuleError) as refused:
            read()
        assert str(refused.value) == (
            f"{rules}: the folder contains no rules (*.yml, *.yaml); restore it or reinstall Deadfall"
        )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("id: 5b5ee1e4-5a46-4f4e-8a3d-5f9b1b4f4a11\n", "", "has no id"),
        ("id: 5b5ee1e4-5a46-4f4e-8a3d-5f9b1b4f4a11\n", "id: 7\n", "its id '7' is not a UUID"),
        ("level: high\n", "", "has no level"),
        ("level: high\n", "level: high\nseverity: 3\n", "'severity' is not a key of a rule"),
        ("level: high\n", "level: high\nstatus: live\n", "'live' is not a valid Sigma rule status"),
        ("level: high\n", "level: high\ntags: [aws]\n", "its tag 'aws' has no namespace"),
        ("service: cloudtrail", "service: ec2", "its logsource is product: aws, service: ec2"),
        ("condition: call", "condition: call | count() > 5\n  timeframe: 5m", "its condition counts with Sigma's old"),
        ("condition: call", "condition: call\n  timeframe: 5m", "detection.timeframe is ignored"),
    ],
)
def test_a_deployed_rule_must_not_depart_from_sigma(folder: Path, old: str, new: str, reason: str):
    put(folder, "stopped", STOPPED)
    file = folder / "stopped.yml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(RuleError, match=f"^stopped: {re.escape(reason)}"):
        detections(stack(), folder)
