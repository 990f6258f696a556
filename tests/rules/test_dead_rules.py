"""Rules, and parts of rules, that can never match a record."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadfall.config import StackConfig
from deadfall.patterns.condition import (
    ANY,
    ONE,
    And,
    Boolean,
    Cidr,
    Condition,
    Exists,
    Not,
    Null,
    Number,
    Or,
    Part,
    Regex,
    Test,
    Text,
)
from deadfall.rules import catalog, dead_rules
from deadfall.rules.dead.contradictions import contradiction
from deadfall.rules.dead_rules import dead_rule_warnings
from deadfall.rules.sigma.parse import parse
from deadfall.stack_files import config_of

from .sigma.made import ID, rule_of, rule_with
from .stack import stack

TESTDATA = Path(__file__).parents[2].parent / "shared" / "testdata"
NEVER = "this rule can never match, because "
IN_SSM = "eventSource: ssm.amazonaws.com\neventName: GetParameter\n"


def warnings(detection: str, config: StackConfig | None = None) -> list[str]:
    return [text.removeprefix("some_rule: ") for text in dead_rule_warnings(rule_of(dedent(detection)), config)]


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ("eventName: GetParamter", r"botocore [\d.]+ has no operation GetParamter; did you mean GetParameter\? \(.*\)"),
        (
            "eventSource: ssm.amazonaws.com\neventName: getparamter",
            r"botocore [\d.]+ has no operation getparamter of ssm.amazonaws.com; did you mean GetParameter\? \(.*\)",
        ),
        ("eventSource: ssm", r"event sources end in .amazonaws.com; did you mean ssm.amazonaws.com\?"),
        ("eventSource: SSM\neventName: GetParameter", r"event sources end in .*; did you mean ssm.amazonaws.com\?"),
        ("eventSource: smm.amazonaws.com", r"botocore .* no service with .*; did you mean ssm.amazonaws.com\?"),
        ("eventSource|startswith: 'secretmanager'", r"no known event source matches 'secretmanager\*'; correct it"),
        (
            "eventSource: secretsmanager.amazonaws.com\neventName: GetParameter",
            "GetParameter is an event of ssm.amazonaws.com, not of secretsmanager.amazonaws.com; correct one of them",
        ),
        (
            "eventSource: iam.amazonaws.com\neventName: ConsoleLogin",
            "ConsoleLogin is an event of signin.amazonaws.com, not of iam.amazonaws.com; correct one of them",
        ),
        ("eventName: ConsoleLogn\neventSource: signin.amazonaws.com", r".*; did you mean ConsoleLogin\?"),
        ("eventName|startswith: GetParamter", r"botocore .* no operation 'GetParamter\*'; .*"),
        ("eventName|re: '^GetParamter$'", r"botocore .* no operation '/\^GetParamter\$/'; .*"),
        ("eventName|cased: getparameter", r".* did you mean GetParameter\?.*"),
        ("eventSource: s3.amazonaws.com\neventName: GetObject", "GetObject of s3.amazonaws.com is a data event, .*"),
        ("eventSource: lambda.amazonaws.com\neventName: Invoke", "Invoke of lambda.amazonaws.com is a data event, .*"),
        ("eventSource: dynamodb.amazonaws.com\neventName|endswith: Item", ".* of dynamodb.amazonaws.com is a data .*"),
        ("eventCategory: Data", "Deadfall's trail records management events only, not those of the kind Data; .*"),
        ("eventCategory: NetworkActivity", ".* management events only, .*"),
        ("eventType: AwsCloudTrailInsight", ".* management events only, .*"),
        (
            "eventSource: s3.amazonaws.com\neventName: PutPublicAccessBlock",
            r"CloudTrail writes PutPublicAccessBlock as PutBucketPublicAccessBlock; did you mean .*\?",
        ),
        (
            "eventSource: lambda.amazonaws.com\neventName: UpdateFunctionCode",
            r"CloudTrail writes UpdateFunctionCode as UpdateFunctionCode20150331v2; did you mean .*\?",
        ),
        (
            "eventSource: s3.amazonaws.com\neventName: PutEncryptionConfiguration",
            r"PutEncryptionConfiguration is an action of IAM policies, .* did you mean PutBucketEncryption\?",
        ),
        ("status: success", "CloudTrail records have no status; correct the name"),
        ("EventName: GetParameter", r"CloudTrail records have no EventName; did you mean eventName\?"),
        ("useridentity.type: Root", r"CloudTrail records have no useridentity; did you mean userIdentity\?"),
        ("userIdentity.usrName: a", r"CloudTrail's userIdentity has no usrName; did you mean userName\?"),
        ("userIdentity.Type: Root", "CloudTrail writes userIdentity.type, and names are case-sensitive; correct it"),
        ("userIdentity.sessionContext.issuer.arn: a", "CloudTrail's userIdentity.sessionContext has no issuer; .*"),
        ("userIdentity.arn.name: a", "userIdentity.arn is a single value and has no fields; test userIdentity.arn .*"),
        ("userIdentity.arnn|exists: true", r"CloudTrail's userIdentity has no arnn; did you mean arn\?"),
        (f"{IN_SSM}requestParameters.nmae: a", r"botocore .* no parameter nmae of GetParameter; did you mean name\?"),
        (f"{IN_SSM}requestParameters.secretId: a", "botocore .* no parameter secretId of GetParameter; known are .*"),
        (
            "eventSource: secretsmanager.amazonaws.com\neventName: GetSecretValue\nrequestParameters.SecretId: a",
            "CloudTrail writes requestParameters.secretId, and names are case-sensitive; correct it",
        ),
        ("userIdentity.type: IAMuser1", r"CloudTrail's userIdentity.type is never 'IAMuser1'; did you mean IAMUser\?"),
        ("eventType: AwsApiCalls", r"CloudTrail's eventType is never 'AwsApiCalls'; did you mean AwsApiCall\?"),
        ("eventCategory: Managment", r".*; did you mean Management\?"),
        ("awsRegion: eu-west-11", r"CloudTrail's awsRegion is never 'eu-west-11'; did you mean eu-west-1\?"),
        ("sourceIPAddress: 10.0.0.0/8", r"sourceIPAddress is an address or a service, not a network; add \|cidr .*"),
        (f"{IN_SSM}requestParameters.nmae|exists: true", r"botocore .* no parameter nmae .* did you mean name\?"),
        ("userIdentity.arn|fieldref: userIdentity.arnn", r"CloudTrail's userIdentity has no arnn; did you mean arn\?"),
        ("eventName|contains|all: [GetParameter, PutObject]", "no known event name meets all conditions .*"),
        ("readOnly: 'yes'", "readOnly is true or false; correct the value"),
        ("requestParameters.durationSeconds: long", "requestParameters.durationSeconds is a number; correct the value"),
    ],
)
def test_a_rule_that_can_never_match(detection: str, expected: str):
    (warning,) = warnings(detection)
    assert warning.startswith(NEVER)
    matches(warning.removeprefix(NEVER), expected)


def test_a_number_for_a_boolean_that_did_not_come_from_yaml():
    (warning,) = dead_rule_warnings(rule_with(Test("readOnly", Number(1))), config_of("dev"))
    assert warning.endswith("readOnly is true or false, not a number; correct the value")


def matches(text: str, expected: str) -> None:
    assert re.fullmatch(expected, text), text


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        (
            "a: {eventName: GetParameter}\nb: {eventName: GetSecretValue}\ncondition: a and b",
            "eventName has one value, and the rule also demands eventName: 'GetSecretValue'; remove one of the two",
        ),
        (
            "a: {eventName: GetParameter}\nb: {eventName|startswith: Put}\ncondition: a and b",
            r"eventName has one value, and the rule also demands eventName: 'Put\*'; remove one of the two",
        ),
        (
            "a: {eventName|startswith: Get}\nb: {eventName|startswith: Put}\ncondition: a and b",
            "eventName has one value, .*",
        ),
        (
            "a: {eventName: GetParameter}\nb: {eventName|startswith: Get}\ncondition: a and not b",
            r"the rule also demands not eventName: 'Get\*'; remove one of the two",
        ),
        ("a: {readOnly: true}\ncondition: a and not a", "the rule also demands not readOnly: true; remove .*"),
        (
            "a: {readOnly: true}\nb: {readOnly: false}\ncondition: a and b",
            "readOnly has one value, .* readOnly: false.*",
        ),
        (
            "a: {errorCode: x}\nb: {errorCode: null}\ncondition: a and b",
            "the rule also demands no value of errorCode.*",
        ),
        (
            "a: {requestParameters.tags.key: x}\nb: {requestParameters|exists: false}\ncondition: a and b",
            "the rule also demands no requestParameters; .*",
        ),
        (
            "a: {sourceIPAddress|cidr: 10.0.0.0/8}\nb: {sourceIPAddress|cidr: 192.168.0.0/16}\ncondition: a and b",
            "sourceIPAddress has one value, .*",
        ),
        (
            "a: {sourceIPAddress|cidr: 10.0.0.0/8}\nb: {sourceIPAddress: 192.168.0.1}\ncondition: a and b",
            "sourceIPAddress has one value, .*",
        ),
        (
            "a: {requestParameters.durationSeconds|gt: 10}\nb: {requestParameters.durationSeconds|lte: 10}\n"
            "condition: a and b",
            "requestParameters.durationSeconds has one value, .*",
        ),
        (
            "a: {requestParameters.durationSeconds: 5}\nb: {requestParameters.durationSeconds|gt: 10}\n"
            "condition: a and b",
            "requestParameters.durationSeconds has one value, .*",
        ),
        ("a: {errorCode|re: '^Access'}\nb: {errorCode: Throttled}\ncondition: a and b", "errorCode has one value, .*"),
    ],
)
def test_a_rule_whose_conditions_contradict_each_other(detection: str, expected: str):
    (warning,) = warnings(detection)
    assert warning.startswith(NEVER)
    matches(warning.removeprefix(NEVER), expected)


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        (
            "eventSource: ssm.amazonaws.com\neventName: [GetParameter, GetParamters]",
            ["eventName: 'GetParamters' can never match, because "],
        ),
        (
            "a: {eventSource: secretsmanager.amazonaws.com, eventName: GetParameter}\n"
            "b: {eventSource: ssm.amazonaws.com, eventName: GetParameter}\ncondition: a or b",
            [
                "eventName: 'GetParameter' can never match, because GetParameter is an event of ssm.amazonaws.com, not "
                "of secretsmanager.amazonaws.com; correct one of them"
            ],
        ),
        (
            "a: {eventName: StopLogging}\nb: {userIdentity.type: Rooot}\ncondition: a and not b",
            [
                "not userIdentity.type: 'Rooot' excludes nothing, because CloudTrail's userIdentity.type is never "
                "'Rooot'; did you mean Root?"
            ],
        ),
        (
            "a: {eventName: StopLogging}\nb: {eventName: GetParamter}\ncondition: a and not b",
            ["not eventName: 'GetParamter' excludes nothing, because botocore "],
        ),
        (
            "a: {eventName: StopLogging, erorCode: null}\ncondition: a",
            [
                "the test for no value of erorCode always passes, because CloudTrail records have no erorCode; did you "
                "mean errorCode?"
            ],
        ),
        (
            "a: {eventName: StopLogging}\nb: {eventName: DeleteTrail}\n_c: {eventName: CreateTrail}\ncondition: a",
            [
                "the selection 'b' is never used, because the condition doesn't name it; add it to the condition",
                "the selection '_c' is never used, because the condition doesn't name it; add it to the condition",
            ],
        ),
    ],
)
def test_a_part_that_can_never_match(detection: str, expected: list[str]):
    found = warnings(detection)
    assert len(found) == len(expected)
    for warning, beginning in zip(found, expected, strict=True):
        assert warning.startswith(beginning), warning


def test_an_unknown_event_source_may_have_any_event():
    sources = "eventSource: [ssm.amazonaws.com, brandnew.amazonaws.com]"
    (warning,) = warnings(f"{sources}\neventName: [GetParameter, DoNewThing]")
    assert warning.startswith("eventSource: 'brandnew.amazonaws.com' can never match, because botocore ")


@pytest.mark.parametrize(
    "detection",
    [
        f"{IN_SSM}requestParameters.name: a\nrequestParameters.withDecryption: true",
        "eventSource: SSM.amazonaws.com\neventName: getparameter",
        "eventName: [GetParameter, GetSecretValue]",
        "eventSource: [ssm.amazonaws.com, secretsmanager.amazonaws.com]\neventName: [GetParameter, GetSecretValue]",
        "eventSource: signin.amazonaws.com\neventName: ConsoleLogin\nadditionalEventData.MFAUsed: 'YES'",
        "eventName: SomethingNew\neventType: AwsServiceEvent",
        "eventSource: sso.amazonaws.com\neventName: AssociateDirectory",
        "eventSource: lambda.amazonaws.com\neventName: [UpdateFunctionCode, UpdateFunctionCode20150331v2]",
        "eventSource: lambda.amazonaws.com\neventName|startswith: DeleteFunction20",
        "eventSource: lambda.amazonaws.com\neventName: AddPermission20150331",
        "eventSource: s3.amazonaws.com\neventName: JobCreated",
        "eventSource: cloudfront.amazonaws.com\neventName: UpdateDistribution2020_05_31",
        "eventSource: ec2.amazonaws.com\neventName: RunInstances\nrequestParameters.instancesSet.items.keyName: a",
        "eventSource: s3.amazonaws.com\neventName: PutBucketPolicy\nrequestParameters.bucketPolicy.Version: a",
        "eventSource: ce.amazonaws.com\neventName: GetCostAndUsage\nrequestParameters.Granularity: DAILY",
        "eventName|contains|all: [Get, Parameter]",
        "eventName|contains|all: [GetParameter, PutObject]\neventType: AwsServiceEvent",
        "eventName|contains|all: [Create, SamlIdp]\neventSource: sso.amazonaws.com",
        "eventName|startswith: DeleteFunction\neventName|endswith: '20150331'",
        "eventName: GetObject*",  # also other services' calls, which are management events
        "eventSource: autoscaling.amazonaws.com\neventName: RegisterScalableTarget",
        "eventSource: rdsdata.amazonaws.com\neventName: ExecuteStatement",
        "eventSource: monitoring.amazonaws.com\neventName: DeleteAlarms",
        "awsRegion: us-gov-west-1",
        "awsRegion|startswith: eu-",
        "a: {eventName: GetParameter}\nb: {eventName|startswith: Get}\ncondition: a and b",
        "a: {eventName: [GetParameter, PutParameter]}\nb: {eventName|startswith: Put}\ncondition: 1 of them",
        "selection_a: {eventName: GetParameter}\nselection_b: {awsRegion: eu-west-1}\ncondition: all of selection_*",
        "a: {errorCode: null}\nb: {errorCode|exists: true}\ncondition: a and b",
        "a: {requestParameters.tags: x}\nb: {requestParameters.tags: y}\ncondition: a and b",  # may be a list
        "a: {requestParameters.tags: x}\nb: {requestParameters.tags: x?}\ncondition: a and not b",
        "a: {eventName|cased: GetParameter}\nb: {eventName: getparameter}\ncondition: a and b",
        "a: {userIdentity.userName: abc}\nb: {userIdentity.userName|cased: ABC}\ncondition: a and b",
        "a: {userIdentity.userName: abc}\nb: {userIdentity.userName|cased: ABC}\ncondition: a and not b",
        "a: {userIdentity.userName|contains: a}\nb: {userIdentity.userName|startswith: 'a?'}\ncondition: a and not b",
        "a: {userIdentity.userName|startswith: ab}\nb: {userIdentity.userName: 'ab?'}\ncondition: a and not b",
        "a: {userIdentity.userName: [x, y]}\nb: {userIdentity.userName: [y, x]}\ncondition: a and b",
        "a: {requestParameters.durationSeconds|gte: 10}\nb: {requestParameters.durationSeconds|lte: 10}\n"
        "condition: a and b",
        "a: {sourceIPAddress|cidr: 10.0.0.0/8}\nb: {sourceIPAddress|cidr: 10.1.0.0/16}\ncondition: a and not b",
    ],
)
def test_a_rule_that_may_match_has_no_warning(detection: str):
    assert warnings(detection) == []


def test_one_dead_choice_among_combinations_is_no_warning_if_it_lives_in_another():
    assert (
        warnings(
            "a: {eventName: GetParameter, awsRegion: eu-west-1}\nb: {eventName: PutParameter, awsRegion: us-east-1}\n"
            "c: {eventName: [GetParameter, PutParameter]}\n"
            "condition: (a or b) and c"
        )
        == []
    )


def test_config_decides_which_events_the_trail_records():
    decrypt = "eventSource: kms.amazonaws.com\neventName: Decrypt"
    keys = [{"kind": "accessKey", "userName": "svc-deploy"}]
    assert warnings(decrypt, stack()) == []
    excluding = stack(decoys=keys, trail={"excludeKms": True, "excludeRdsData": True})
    for detection, key in (
        (decrypt, "excludeKms"),
        ("eventSource: kms.amazonaws.com", "excludeKms"),
        ("eventSource: rdsdata.amazonaws.com\neventName: ExecuteStatement", "excludeRdsData"),
    ):
        (warning,) = warnings(detection, excluding)
        assert warning.startswith(f"{NEVER}trail.{key} excludes the events of ")
    data_event = "eventSource: s3.amazonaws.com\neventName: GetObject"
    assert warnings(data_event, stack())
    adopted = stack(trail={"existing": {"logGroupName": "trail"}})
    assert warnings(data_event, adopted) == [], "an adopted trail's selectors are unknown"


def test_several_reasons_are_one_sentence():
    (warning,) = warnings("eventName: [GetParamter, GetParamters, PutParamter, LabelParamterVersion, AddTagToResource]")
    assert warning.count("because") == 3
    assert warning.endswith("; and 2 more reasons")


def test_a_correlation_has_warnings_of_its_rules_and_its_groups():
    (rule,) = parse(
        f"title: t\nname: base\nid: {ID}\nlevel: low\nlogsource: {{product: aws, service: cloudtrail}}\n"
        "detection:\n  a: {eventName: GetParamter}\n  b: {eventName: StopLogging}\n  condition: a\n---\n"
        f"title: c\nid: {ID[:-1]}2\nlevel: low\n"
        "correlation:\n  {type: event_count, rules: [base], timespan: 5m, group-by: [userIdentity.arnn], "
        "condition: {gte: 2}}\n",
        "counted",
    )
    never, group, unused = dead_rule_warnings(rule)
    assert never.startswith(f"counted: {NEVER}botocore ")
    assert group.startswith("counted: correlation.group-by: userIdentity.arnn has no value, because CloudTrail's ")
    assert unused.startswith("counted: the selection 'b' is never used")


@pytest.mark.parametrize("name", ["dev", "minimal", "prod"])
def test_no_shipped_rule_has_a_warning(name: str):
    config = config_of(name)
    rules = [rule for file in catalog.files() for rule, _ in catalog.rules_in(file, config)]
    assert len(rules) > 40
    assert [warning for rule in rules for warning in dead_rule_warnings(rule, config)] == []


def test_a_long_list_of_unwanted_values_is_compared_only_with_the_wanted_ones(monkeypatch: pytest.MonkeyPatch):
    compared: list[str] = []

    def counted(one: Any, other: Any) -> str | None:
        compared.append(str(other))
        return contradiction(one, other)

    monkeypatch.setattr(dead_rules, "contradiction", counted)
    wanted = "eventSource: iam.amazonaws.com, eventName: CreateUser, requestParameters.userName|startswith: user"
    unwanted = ", ".join(f"user{number}" for number in range(500))
    detection = f"a: {{{wanted}}}\nb: {{requestParameters.userName: [{unwanted}]}}\ncondition: a and not b"
    assert warnings(detection) == []
    assert 500 <= len(compared) <= 2000


def test_too_many_alternatives_are_checked_one_by_one():
    """Without the combinations, a contradiction isn't found, but a misspelt name is."""
    selections = "\n".join(
        f"s{n}:\n  - {{requestParameters.a{n}: x}}\n  - {{requestParameters.b{n}: y}}" for n in range(12)
    )
    found = warnings(f"{selections}\nname: {{eventName: GetParamter}}\ncondition: all of them")
    assert len(found) == 1 and found[0].startswith("eventName: 'GetParamter' can never match, because ")


def paths(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, path)
    else:
        yield ".".join(path), value


def test_of(path: str, value: Any) -> Condition:
    if value is None:
        return Null(path)
    if isinstance(value, bool):
        return Test(path, Boolean(value))
    return Test(path, Number(value) if isinstance(value, int | float) else Text.literal(value, cased=True))


test_of.__test__ = False  # type: ignore[attr-defined] not a test


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="the third-party testdata is not on this machine")
def test_a_rule_that_has_a_published_record_word_for_word_has_no_warning():
    """Regions were anonymised by the publisher; data events are rightly reported."""
    texts = [gzip.decompress(file.read_bytes()).decode() for file in sorted((TESTDATA / "cloudtrail").glob("*.gz"))]
    texts.append((TESTDATA / "bare_records.jsonl").read_text())
    records = [json.loads(line)["event"] for text in texts for line in text.splitlines()]
    assert len(records) > 600
    for record in records:
        tests = {path: test_of(path, value) for path, value in paths(record) if path != "awsRegion"}
        found = dead_rule_warnings(rule_with(And(tuple(tests.values()))))
        if record.get("eventCategory") == "Data":
            assert len(found) == 1 and "management events only" in found[0]
        else:
            assert found == [], record["eventName"]


FIELDS = ("errorCode", "userIdentity.userName", "requestParameters.a", "requestParameters.a.b", "sourceIPAddress")
VALUES = st.sampled_from(
    ["a", "A", "ab", "b", "10.0.0.1", "10.0.0.2", "", None, ["a", "b"], [], {"b": "a"}, {"b": None}]
)
TEXTS = st.lists(
    st.sampled_from([Part("a"), Part("A"), Part("b"), Part("10.0.0."), Part(wildcard=ANY), Part(wildcard=ONE)]),
    max_size=3,
)
LEAVES = st.one_of(
    st.builds(Test, st.sampled_from(FIELDS), st.builds(Text, TEXTS.map(tuple), st.booleans())),
    st.builds(
        Test,
        st.sampled_from(FIELDS),
        st.sampled_from([Cidr("10.0.0.0/31"), Cidr("10.0.0.1/32"), Cidr("10.0.0.2/32"), Regex("^a"), Regex("B", True)]),
    ),
    st.builds(
        Test,
        st.just("requestParameters.durationSeconds"),
        st.builds(Number, st.integers(0, 3), st.sampled_from(["=", "<", "<=", ">", ">="])),
    ),
    st.builds(Test, st.just("readOnly"), st.builds(Boolean, st.booleans())),
    st.builds(Null, st.sampled_from(FIELDS)),
    st.builds(Exists, st.sampled_from(FIELDS), st.booleans()),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=1, max_size=4).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=1, max_size=4).map(tuple)),
    ),
    max_leaves=8,
)
SCALARS = st.sampled_from(["a", "A", "ab", "b", "10.0.0.1", "10.0.0.2", ""])
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "errorCode": SCALARS,
        "sourceIPAddress": SCALARS,
        "userIdentity": st.fixed_dictionaries({}, optional={"userName": SCALARS | st.none()}),
        "requestParameters": st.none()
        | st.fixed_dictionaries({}, optional={"a": VALUES, "durationSeconds": st.integers(0, 3) | st.none()}),
        "readOnly": st.booleans() | st.none(),
    },
)


@given(CONDITIONS, st.lists(RECORDS, min_size=5, max_size=5))
def test_a_rule_that_matches_a_record_is_never_called_dead(condition: Condition, records: list[dict[str, Any]]):
    found = dead_rule_warnings(rule_with(condition))
    if any(NEVER in warning for warning in found):
        assert not any(condition.matches(record) for record in records)


@given(LEAVES, LEAVES, st.lists(RECORDS, min_size=3, max_size=3))
def test_two_tests_that_a_record_passes_do_not_contradict(
    one: Condition, other: Condition, records: list[dict[str, Any]]
):
    for condition in (And((one, other)), And((one, Not(other)))):
        if any(condition.matches(record) for record in records):
            assert not any(NEVER in warning for warning in dead_rule_warnings(rule_with(condition)))
