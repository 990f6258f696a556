"""A running lab, used by hand: profiles, the trap, status, feed, another `up`."""

import json
import signal
import stat
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from tests.lab.conftest import eventually

from .conftest import SECRET, StandingLab


def code(call: Callable[[], object]) -> str:
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "ok"


def lines_about(feed: list[dict], who: str) -> list[tuple[str, str]]:
    """Kind and gist of what the feed has about one user."""
    found = []
    for line in feed:
        match line["kind"]:
            case "record" if line["record"]["userIdentity"].get("userName") == who:
                found.append(("record", line["record"]["eventName"]))
            case "mail" if who in line["subject"]:
                found.append(("mail", line["to"]))
            case "incident" if line["incident"]["principal"]["name"] == who:
                found.append(("incident", line["incident"]["status"]))
    return found


def test_what_is_running_is_said(standing: StandingLab):
    status = standing.status()
    assert status["running"] is True
    assert (status["account"], status["stack"], status["engine"]) == ("111122223333", "dev", "builtin")
    assert status["regions"] == ["eu-west-1", "us-east-1"]
    assert status["deployed"]["resources"] > 100
    assert status["endpoint"].startswith("http://127.0.0.1:")
    assert {"admin", "deployer", "visitor"} <= set(status["profiles"])
    shown = standing.says("status")
    assert all(fact in shown for fact in (status["endpoint"], "111122223333", "eu-west-1, us-east-1", "Incidents"))


def test_the_folder_and_what_is_in_it_are_their_owners(standing: StandingLab):
    def mode(path):
        return stat.S_IMODE(path.stat().st_mode)

    assert mode(standing.folder.path) == 0o700
    assert mode(standing.folder.aws_config) == 0o600


def test_each_profile_is_who_it_says(standing: StandingLab):
    def arn(profile: str) -> str:
        return standing.person(profile).client("sts").get_caller_identity()["Arn"]

    assert arn("visitor") == "arn:aws:iam::111122223333:user/visitor"
    assert arn("admin") == "arn:aws:iam::111122223333:user/admin"
    assert arn("deployer").startswith("arn:aws:sts::111122223333:assumed-role/deploy/lab-")


def test_a_visitor_who_touches_the_decoy_falls_and_it_is_seen(standing: StandingLab):
    visitor = standing.visitor("mallory")
    listed = visitor.client("secretsmanager").list_secrets()["SecretList"]
    assert SECRET in [secret["Name"] for secret in listed]
    assert json.loads(visitor.read())["username"] == "billing_rw"

    incident = standing.incident_of("mallory", "CONTAINED")
    assert incident["touched"] == SECRET
    assert incident["what"] in ("GetSecretValue", "Decrypt")  # whichever event reaches the responder first
    assert code(visitor.read) == "UnrecognizedClientException"  # its key is inactive

    def both() -> bool:
        return ("incident", "CONTAINED") in lines_about(standing.feed(), "mallory")[-1:]

    eventually(both, "the detection on the log path")
    feed = standing.feed()
    about = lines_about(feed, "mallory")
    assert [line for line in about if line[0] == "record"] == [
        ("record", "ListSecrets"),
        ("record", "GetSecretValue"),
        ("record", "Decrypt"),
    ]
    assert ("mail", "soc@example.com") in about
    touched = next(
        line["record"]
        for line in feed
        if line["kind"] == "record"
        and (line["record"]["eventName"], line["record"]["userIdentity"].get("userName"))
        == ("GetSecretValue", "mallory")
    )
    (rule,) = [line for line in feed if line["kind"] == "rule" and line["event_id"] == touched["eventID"]]
    (target,) = [line for line in feed if line["kind"] == "target" and line["event_id"] == touched["eventID"]]
    assert (target["rule"], target["outcome"]) == (rule["rule"], "delivered")
    assert any(matched["rule"] == rule["rule"] for matched in standing.status()["rules"])

    shown = standing.says("feed")
    assert "CONTAINED  mallory touched prod/billing/postgres: deny-user done, deactivate-keys done" in shown
    assert f"also detected on the log path: mallory touched {SECRET}" in shown
    assert f"mallory touched prod/billing/postgres ({incident['what']})" in standing.says("status")


def test_a_visitor_who_only_looks_stays(standing: StandingLab):
    visitor = standing.visitor("alice")
    visitor.client("secretsmanager").list_secrets()
    eventually(lambda: ("record", "ListSecrets") in lines_about(standing.feed(), "alice"), "the record")
    assert code(visitor.client("secretsmanager").list_secrets) == "ok"
    assert [incident for incident in standing.status()["incidents"] if incident["who"] == "alice"] == []


def test_the_deployer_is_protected(standing: StandingLab):
    deployer = standing.person("deployer")
    deployer.read()
    standing.incident_of("deploy", "SUPPRESSED")
    assert code(deployer.read) == "ok"


def test_the_lab_itself_is_not_in_its_feed(standing: StandingLab):
    records = [line["record"] for line in standing.feed("--all") if line["kind"] == "record"]
    assert len(records) > 100  # the deployment is
    assert {record["userIdentity"]["type"] for record in records} <= {"IAMUser", "AssumedRole"}
    assert not [record for record in records if record["userAgent"].startswith("deadfall-lab")]
    assert len(records) > len([line for line in standing.feed() if line["kind"] == "record"])


def test_what_a_caller_sends_cannot_play_with_the_terminal(standing: StandingLab):
    evil = "x\x1b[31m\x07\r\n[bold]\u202e"
    assert code(lambda: standing.visitor("eve").read(evil)) == "ResourceNotFoundException"
    eventually(lambda: ("record", "GetSecretValue") in lines_about(standing.feed(), "eve"), "the record")
    (line,) = [line for line in standing.says("feed").splitlines() if " eve " in line and "GetSecretValue" in line]
    assert r"x\x1b[31m\x07\r\n[bold]\u202e" in line
    assert line.isprintable()


def test_another_up_deploys_into_the_same_lab(standing: StandingLab):
    before = standing.status()
    assert "nothing to change" in standing.says("up")
    after = standing.status()
    assert (after["since"], after["endpoint"]) == (before["since"], before["endpoint"])
    assert after["deployed"]["at"] > before["deployed"]["at"]


@pytest.mark.parametrize(("option", "value"), [("--stack", "minimal"), ("--engine", "pulumi")])
def test_a_lab_stays_what_it_was_started_as(standing: StandingLab, option: str, value: str):
    refused = standing.run("up", option, value)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error: The lab in ") and "deadfall lab down" in refused.stderr
    assert standing.status()["running"] is True


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("deployer", "Profile deployer already exists; choose another name."),
        ("visitor", "Profile visitor already exists; choose another name."),
        ("no spaces", "'no spaces' is not a valid user name; use 1 to 64 letters, digits, '_', '.' and '-'."),
        (
            "x]\n[profile evil",
            "'x]\\n[profile evil' is not a valid user name; use 1 to 64 letters, digits, '_', '.' and '-'.",
        ),
    ],
)
def test_a_visitor_has_a_name_of_its_own(standing: StandingLab, name: str, sentence: str):
    refused = standing.run("visitor", name)
    assert (refused.exit_code, refused.stderr) == (1, f"error: {sentence}\n")


def test_visitors_are_numbered_by_themselves(standing: StandingLab):
    made = [standing.says("visitor") for _ in range(2)]
    assert made == [f"visitor-{n} is ready: deadfall lab shell --as visitor-{n}\n" for n in (2, 3)]
    assert standing.person("visitor-3").client("sts").get_caller_identity()["Arn"].endswith(":user/visitor-3")


def test_the_feed_follows_until_it_is_interrupted(standing: StandingLab):
    visitor = standing.visitor("bob")
    with standing.start("feed", "--follow") as following:
        assert following.stdout is not None and following.stderr is not None
        following.stdout.readline()  # it is there
        visitor.client("sts").get_caller_identity()
        seen = next(line for line in following.stdout if " bob " in line)
        assert "GetCallerIdentity" in seen
        following.send_signal(signal.SIGINT)
        following.stdout.read()
        assert following.stderr.read() == ""
    assert following.returncode == 0
