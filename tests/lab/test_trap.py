"""The whole trap in the lab: what springs it, what must not, and what is left afterwards.

Every test has people of its own; those that change what is deployed, or need an alarm that is not already on, have a
lab of their own.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deadfall.decoys.access_key import AccessKeyDecoy
from deadfall.lab.emulator import Credentials
from deadfall.lab.provider.values import reveal
from deadfall.stack_lab import StackLab
from tests.conftest import LEAN

HOME, ELSEWHERE = "eu-west-1", "us-east-1"
SECRET = "prod/billing/postgres"
EVIDENCE = {"incident.json", "prior-state.json"}
IP, AGENT = "203.0.113.66", "evil-tool/1.0"
READS_SECRETS = {"Effect": "Allow", "Action": ["secretsmanager:*", "sts:*"], "Resource": "*"}
NOTHING_MUCH = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}


@contextmanager
def deployed() -> Iterator[StackLab]:
    with StackLab.started(overrides=LEAN) as lab:
        lab.up()
        yield lab


@pytest.fixture(scope="module")
def lab() -> Iterator[StackLab]:
    """One deployed account for all tests that leave it as it is."""
    with deployed() as lab:
        yield lab


def read(lab: StackLab, who: Credentials, secret_id: str = SECRET, region: str = HOME) -> str:
    """`ok`, or the code of the error."""
    client = lab.emulator.client("secretsmanager", region, who, IP, AGENT)
    return answer(lambda: client.get_secret_value(SecretId=secret_id))


def answer(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "ok"


def may(lab: StackLab, who: Credentials) -> str:
    """Whether `who` is still allowed what all people of these tests are: `ok`, or the code of the error."""
    return answer(lambda: lab.emulator.client("secretsmanager", HOME, who).list_secrets())


def incidents_of(lab: StackLab, name: str) -> list[dict[str, Any]]:
    return [incident for incident in lab.incidents() if incident["principal"]["name"] == name]


def incident_of(lab: StackLab, name: str, status: str, path: str = "E") -> dict[str, Any]:
    """The one incident of a principal, once it has this status and this path has seen it."""
    lab.wait_for(
        f"an incident of {name} with status {status}, seen by path {path}",
        lambda: [i for i in incidents_of(lab, name) if i["status"] == status and path in i["paths"]],
    )
    lab.wait_for(
        f"the incident of {name} told",
        lambda: incidents_of(lab, name)[0]["alert"]["outcome"] in ("sent", "not-needed"),
    )
    (incident,) = incidents_of(lab, name)
    return incident


def mails_about(lab: StackLab, name: str) -> list[Mapping[str, Any]]:
    return [mail for mail in lab.mails("soc@example.com") if name in mail["body"]]


def outcomes(incident: Mapping[str, Any]) -> dict[str, tuple[str, bool]]:
    return {action["action"]: (action["outcome"], action["verified"]) for action in incident["actions"]}


def test_a_user_who_reads_the_decoy_falls_and_both_paths_tell_of_one_incident():
    with deployed() as lab:
        key = lab.user("ci-deployer", READS_SECRETS, password="Correct-Horse-7-Battery")
        sts = lab.emulator.client("sts", HOME, key, IP, AGENT)
        issued = sts.get_session_token()["Credentials"]
        session = Credentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])

        assert read(lab, key) == "ok"
        incident = incident_of(lab, "ci-deployer", "CONTAINED", "L")

        assert may(lab, session) == "AccessDeniedException"
        assert may(lab, key) == "UnrecognizedClientException"
        iam = lab.emulator.client("iam", HOME)
        policy = iam.get_user_policy(UserName="ci-deployer", PolicyName="account-audit-quarantine")["PolicyDocument"]
        statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
        assert [{k: s[k] for k in statement} for s in policy["Statement"]] == [statement]
        assert "Condition" not in policy["Statement"][0]
        assert [k["Status"] for k in iam.list_access_keys(UserName="ci-deployer")["AccessKeyMetadata"]] == ["Inactive"]
        assert answer(lambda: iam.get_login_profile(UserName="ci-deployer")) == "NoSuchEntity"

        assert outcomes(incident) == {
            "deny-user": ("done", True),
            "deactivate-keys": ("done", True),
            "remove-password": ("done", True),
        }
        assert incident["paths"].keys() == {"E", "L"}
        assert incident["where"] == {"source_ip": IP, "user_agent": AGENT, "region": HOME}
        assert incident["principal"]["access_key_id"] == key.access_key_id
        assert incident["touched"]["name"] == SECRET
        assert [k["status"] for k in incident["prior_state"]["access_keys"]] == ["Active"]
        assert incident["prior_state"]["login_profile"] is not None

        lab.emulator.settle()
        (mail,) = mails_about(lab, "ci-deployer")
        assert mail["subject"].startswith("[CONTAINED]")
        assert all(fact in mail["body"] for fact in (IP, AGENT, SECRET, "aws iam delete-user-policy"))
        stolen = json.loads(
            lab.emulator.client("secretsmanager", HOME).get_secret_value(SecretId=SECRET)["SecretString"]
        )
        assert stolen["password"] not in json.dumps([incident, lab.mails()])

        evidence = lab.emulator.client("s3", HOME).list_objects_v2(
            Bucket=lab.names.evidence_bucket, Prefix=f"incidents/{incident['id']}/"
        )
        assert {o["Key"].rpartition("/")[2] for o in evidence["Contents"]} == EVIDENCE
        _the_responder_called_exactly_what_its_role_declares(lab)


def _the_responder_called_exactly_what_its_role_declares(lab: StackLab) -> None:
    from responders.kill_switch.permissions import PERMISSIONS

    lab.role("app-server", READS_SECRETS)
    session = lab.session(lab.names.iam_arn("role/app-server"), "web-1")
    assert read(lab, session) == "ok"
    incident_of(lab, "app-server", "CONTAINED")
    declared = {action for p in PERMISSIONS if p.used_by == "responder" for action in p.actions}
    role = f"assumed-role/{lab.names.responder}/"
    calls = {e["action"] for e in lab.emulator.journal() if e["kind"] == "call" and role in (e["principal"] or "")}
    assert calls == declared


def test_only_the_session_that_touched_is_cut_off(lab: StackLab):
    role = lab.role("batch-runner", READS_SECRETS)
    thief, colleague = lab.session(role, "stolen"), lab.session(role, "nightly")

    assert read(lab, thief) == "ok"
    incident = incident_of(lab, "batch-runner", "CONTAINED")

    assert may(lab, thief) == "AccessDeniedException"
    assert may(lab, colleague) == "ok"
    assert may(lab, lab.session(role, "later")) == "ok"
    assert outcomes(incident) == {"deny-session": ("done", True)}
    assert incident["principal"]["session_name"] == "stolen"


@pytest.mark.parametrize(
    ("name", "secret_id", "statement", "expected"),
    [
        ("by-partial-arn", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:" + SECRET, READS_SECRETS, "ok"),
        ("by-full-arn", "FULL", READS_SECRETS, "ok"),
        ("denied-by-name", SECRET, NOTHING_MUCH, "AccessDeniedException"),
        ("denied-by-arn", "FULL", NOTHING_MUCH, "AccessDeniedException"),
    ],
)
def test_every_way_to_touch_the_decoy_springs_the_trap(
    lab: StackLab, name: str, secret_id: str, statement: dict[str, Any], expected: str
):
    if secret_id == "FULL":
        secret_id = lab.emulator.client("secretsmanager", HOME).describe_secret(SecretId=SECRET)["ARN"]
    key = lab.user(name, statement)
    assert read(lab, key, secret_id) == expected
    incident = incident_of(lab, name, "CONTAINED")
    assert incident["what"]["outcome"] == ("succeeded" if expected == "ok" else "failed")
    assert may(lab, key) == "UnrecognizedClientException"


def test_a_real_secret_springs_nothing_even_if_its_name_begins_like_the_decoys(lab: StackLab):
    secrets = lab.emulator.client("secretsmanager", HOME)
    replica = secrets.create_secret(Name=f"{SECRET}-replica", SecretString="real")["ARN"]
    secrets.create_secret(Name="prod/orders/mysql", SecretString="real")
    key = lab.user("honest-app", READS_SECRETS)

    assert read(lab, key, "prod/orders/mysql") == "ok"
    assert read(lab, key, replica) == "ok"
    lab.wait_for("the near miss recorded", lambda: _near_misses(lab))

    assert incidents_of(lab, "honest-app") == []
    assert mails_about(lab, "honest-app") == []
    assert may(lab, key) == "ok"


def _near_misses(lab: StackLab) -> list[Any]:
    items = lab.emulator.client("dynamodb", HOME).scan(TableName=lab.names.ledger)["Items"]
    return [item for item in items if item["pk"]["S"].startswith("NOT_CONFIRMED#")]


def test_the_deploy_role_reading_its_own_decoy_is_suppressed_counted_and_quiet(lab: StackLab):
    deploy = lab.session(lab.config.deploy_role_arn, "pulumi")
    assert read(lab, deploy) == "ok"
    incident = lab.wait_for(
        "the suppressed hit", lambda: [i for i in incidents_of(lab, "deploy") if i["touched"]["name"] == SECRET]
    )[0]
    assert incident["status"] == "SUPPRESSED"
    assert incident["actions"] == []
    assert incident["alert"]["outcome"] == "not-needed"
    assert [mail for mail in mails_about(lab, "role deploy") if SECRET in mail["body"]] == []
    assert may(lab, deploy) == "ok"
    metrics = lab.emulator.client("cloudwatch", HOME).list_metrics(Namespace=lab.names.responder_metrics)["Metrics"]
    assert "Suppressed" in {metric["MetricName"] for metric in metrics}


def test_break_glass_is_never_contained_but_people_are_told(lab: StackLab):
    lab.role("break-glass", READS_SECRETS)
    session = lab.session(lab.names.iam_arn("role/break-glass"), "alice")
    assert read(lab, session) == "ok"
    incident = incident_of(lab, "break-glass", "SUPPRESSED")
    assert incident["actions"] == []
    assert may(lab, session) == "ok"
    (mail,) = mails_about(lab, "break-glass")
    assert mail["subject"].startswith("[SUPPRESSED]")


@pytest.mark.parametrize("region", [HOME, ELSEWHERE])
def test_the_decoy_key_is_seen_in_every_region_and_stays_active(lab: StackLab, region: str):
    iam = lab.emulator.client("iam", HOME)
    user = lab.config.decoys_of(AccessKeyDecoy)[0].user_name
    before = {i["id"]: i["events"] for i in incidents_of(lab, user)}

    thief = lab.emulator.client("ec2", region, decoy_key(lab), IP, AGENT)
    assert answer(thief.describe_instances) == "UnauthorizedOperation"

    def seen() -> list[dict[str, Any]]:
        return [
            i
            for i in incidents_of(lab, user)
            if i["events"] > before.get(i["id"], 0) and i["alert"]["outcome"] == "sent"
        ]

    (incident,) = lab.wait_for(f"the decoy key used in {region}", seen)
    assert incident["status"] in ("OBSERVED", "SUPPRESSED")
    assert incident["actions"] == []
    assert [k["Status"] for k in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]] == ["Active"]
    assert mails_about(lab, user)


def decoy_key(lab: StackLab) -> Credentials:
    """The access key as the operator plants it; its secret half is in encrypted state only."""
    (key,) = (r for r in lab.applied.resources if r.type == "aws:iam/accessKey:AccessKey")
    return Credentials(key.id, reveal(key.outputs["secret"]))


def test_root_use_is_told_and_nothing_is_done(lab: StackLab):
    root = Credentials(lab.config.account_id, "test")
    lab.emulator.client("s3", HOME, root, IP, AGENT).list_buckets()

    def seen() -> list[dict[str, Any]]:
        return [i for i in lab.incidents() if i["principal"]["type"] == "Root" and i["alert"]["outcome"] == "sent"]

    (incident,) = lab.wait_for("the use of root", seen)
    assert (incident["status"], incident["actions"]) == ("OBSERVED", [])
    assert incident["detection"]["id"] == "root-use"


def test_a_forged_event_is_reported_and_nobody_is_contained(lab: StackLab):
    lab.user("scapegoat", READS_SECRETS)
    (detection,) = (r.name for r in lab.applied.resources if r.name.startswith("access-") and not r.custom)
    record = next(e["record"] for e in lab.emulator.journal() if e["kind"] == "record")
    forged = {
        "detection": detection,
        "event": {
            "source": "my.app",
            "detail-type": "AWS API Call via CloudTrail",
            "account": lab.config.account_id,
            "region": HOME,
            "detail": {
                **record,
                "eventSource": "secretsmanager.amazonaws.com",
                "eventName": "GetSecretValue",
                "requestParameters": {"secretId": SECRET},
                "userIdentity": {**record["userIdentity"], "userName": "scapegoat"},
            },
        },
    }
    answered = lab.emulator.client("lambda", HOME).invoke(
        FunctionName=lab.names.responder, Payload=json.dumps(forged).encode()
    )
    assert "FunctionError" not in answered
    assert json.loads(answered["Payload"].read())["outcome"] == "rejected"
    assert incidents_of(lab, "scapegoat") == []
    lab.wait_for(
        "the report of it", lambda: [m for m in lab.mails("soc@example.com") if m["subject"].startswith("[REJECTED]")]
    )
    iam = lab.emulator.client("iam", HOME)
    assert iam.list_user_policies(UserName="scapegoat")["PolicyNames"] == ["work"]


def test_a_line_forged_into_the_log_group_contains_nobody_and_people_are_told():
    with deployed() as lab:
        lab.user("scapegoat", READS_SECRETS)
        iam, logs = lab.emulator.client("iam", HOME), lab.emulator.client("logs", HOME)
        scapegoat = iam.get_user(UserName="scapegoat")["User"]
        stream = f"{lab.config.account_id}_CloudTrail_{HOME}"
        lab.emulator.client("secretsmanager", HOME, lab.user("reader", READS_SECRETS)).list_secrets()
        lab.wait_for(
            "CloudTrail's log stream",
            lambda: logs.describe_log_streams(logGroupName=lab.names.trail_log_group, logStreamNamePrefix=stream)[
                "logStreams"
            ],
        )
        genuine = next(e["record"] for e in lab.emulator.journal() if e["kind"] == "record")
        forged = {
            **genuine,
            "eventID": str(uuid.uuid4()),
            "eventSource": "secretsmanager.amazonaws.com",
            "eventName": "GetSecretValue",
            "awsRegion": HOME,
            "requestParameters": {"secretId": SECRET},
            "userIdentity": {
                "type": "IAMUser",
                "principalId": scapegoat["UserId"],
                "arn": scapegoat["Arn"],
                "accountId": lab.config.account_id,
                "userName": "scapegoat",
            },
        }
        forger = lab.user("forger", {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"})
        line = {"timestamp": int(time.time() * 1000), "message": json.dumps(forged)}
        lab.emulator.client("logs", HOME, forger).put_log_events(
            logGroupName=lab.names.trail_log_group, logStreamName=stream, logEvents=[line]
        )
        # The lab's metric filters see what CloudTrail writes, not what others do: the alarm is set by hand.
        (alarm,) = (
            f"{lab.config.prefix}-{r.name}"
            for r in lab.applied.resources
            if r.name.startswith("access-") and not r.custom
        )
        lab.emulator.client("cloudwatch", HOME).set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="test")

        incident = incident_of(lab, "scapegoat", "OBSERVED", "L unconfirmed")

        assert incident["actions"] == []
        assert iam.list_user_policies(UserName="scapegoat")["PolicyNames"] == ["work"]
        assert [k["Status"] for k in iam.list_access_keys(UserName="scapegoat")["AccessKeyMetadata"]] == ["Active"]
        (mail,) = mails_about(lab, "scapegoat")
        assert mail["subject"].startswith("[OBSERVED]")


def test_customers_cannot_put_events_in_awss_name(lab: StackLab):
    key = lab.user("forger", {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"})
    events = lab.emulator.client("events", HOME, key)
    entry = {"Source": "aws.secretsmanager", "DetailType": "AWS API Call via CloudTrail", "Detail": "{}"}
    put = events.put_events(Entries=[entry])
    assert put["FailedEntryCount"] == 1
    assert put["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"


def test_control_a_plain_enabled_rule_is_deaf_to_reads_and_path_l_contains_alone():
    with deployed() as lab:
        events = lab.emulator.client("events", HOME)
        for rule in events.list_rules(NamePrefix=f"{lab.config.prefix}-")["Rules"]:
            if rule.get("EventPattern") and rule["State"] != "ENABLED":
                events.put_rule(Name=rule["Name"], EventPattern=rule["EventPattern"], State="ENABLED")
        key = lab.user("ci-deployer", READS_SECRETS)

        assert read(lab, key) == "ok"
        incident = incident_of(lab, "ci-deployer", "CONTAINED", "L")

        assert incident["paths"].keys() == {"L"}
        assert may(lab, key) == "UnrecognizedClientException"
        (mail,) = mails_about(lab, "ci-deployer")
        assert all(fact in mail["body"] for fact in (IP, AGENT, SECRET))


def test_control_without_a_logging_trail_both_paths_are_silent():
    with deployed() as lab:
        lab.emulator.client("cloudtrail", HOME).stop_logging(Name=lab.names.trail)
        lab.emulator.settle()
        before = len(lab.emulator.journal())
        key = lab.user("ci-deployer", READS_SECRETS)

        assert read(lab, key) == "ok"
        lab.emulator.settle()

        after = lab.emulator.journal(before)
        records = [e["record"] for e in after if e["kind"] == "record"]
        of_user = [record for record in records if record["userIdentity"].get("userName") == "ci-deployer"]
        assert [record["eventName"] for record in of_user] == ["GetSecretValue", "Decrypt"]
        assert [e["kind"] for e in after if e["kind"] in ("rule", "target", "filter", "trail", "mail")] == []
        assert incidents_of(lab, "ci-deployer") == []
        assert may(lab, key) == "ok"


def test_control_a_responder_without_put_user_policy_says_that_it_failed():
    with deployed() as lab:
        iam = lab.emulator.client("iam", HOME)
        policy = iam.get_role_policy(RoleName=lab.names.responder, PolicyName="respond")["PolicyDocument"]
        for statement in policy["Statement"]:
            if "iam:PutUserPolicy" in statement["Action"]:
                statement["Action"] = [a for a in statement["Action"] if a != "iam:PutUserPolicy"]
        iam.put_role_policy(RoleName=lab.names.responder, PolicyName="respond", PolicyDocument=json.dumps(policy))
        key = lab.user("ci-deployer", READS_SECRETS)

        assert read(lab, key) == "ok"
        incident = lab.wait_for(
            "the failure recorded and told",
            lambda: [i for i in incidents_of(lab, "ci-deployer") if i["alert"]["outcome"] == "sent" and i["actions"]],
        )[0]

        assert incident["status"] in ("FAILED", "PARTIAL")
        assert outcomes(incident)["deny-user"] == ("failed", False)
        assert outcomes(incident)["deactivate-keys"][0] == "done"
        assert any("iam:PutUserPolicy" in action["detail"] for action in incident["actions"])
        (mail, *_) = mails_about(lab, "ci-deployer")
        assert mail["subject"].startswith(f"[{incident['status']}]")
        assert "deny-user: failed" in mail["body"]


def test_after_destroy_the_emulator_is_empty():
    with StackLab.started(overrides=LEAN) as lab:
        before = inventory(lab)
        lab.up()
        lab.emulator.settle()
        assert inventory(lab) != before
        lab.deployment.destroy()
        assert inventory(lab) == before


def inventory(lab: StackLab) -> dict[str, Any]:
    """What there is of every kind that the program makes, in both regions."""
    seen: dict[str, Any] = {}
    for region in (HOME, ELSEWHERE):

        def client(service: str, region: str = region) -> Any:
            return lab.emulator.client(service, region)

        seen |= {
            f"secrets {region}": client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"],
            f"rules {region}": client("events").list_rules()["Rules"],
            f"topics {region}": client("sns").list_topics()["Topics"],
            f"subscriptions {region}": client("sns").list_subscriptions()["Subscriptions"],
            f"queues {region}": client("sqs").list_queues().get("QueueUrls", []),
            f"alarms {region}": client("cloudwatch").describe_alarms()["MetricAlarms"],
            f"tables {region}": client("dynamodb").list_tables()["TableNames"],
            f"functions {region}": client("lambda").list_functions()["Functions"],
            f"trails {region}": client("cloudtrail").describe_trails()["trailList"],
            f"log groups {region}": client("logs").describe_log_groups()["logGroups"],
            f"metric filters {region}": client("logs").describe_metric_filters()["metricFilters"],
            f"key aliases {region}": client("kms").list_aliases()["Aliases"],
            f"keys {region}": [
                key["KeyId"]
                for key in client("kms").list_keys()["Keys"]
                if client("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] != "PendingDeletion"
            ],
        }
    iam = lab.emulator.client("iam", HOME)
    seen["roles"] = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    seen["users"] = iam.list_users()["Users"]
    seen["policies"] = iam.list_policies(Scope="Local")["Policies"]
    seen["buckets"] = lab.emulator.client("s3", HOME).list_buckets()["Buckets"]
    return seen
