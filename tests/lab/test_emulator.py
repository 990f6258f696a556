import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from deadfall.lab.emulator import Credentials, Emulator, EmulatorError

from .conftest import ACCOUNT, HOME, Account, allow, document, eventually


def test_the_lab_itself_is_root_and_leaves_no_record(account: Account) -> None:
    lab = account.emulator.client("sts", HOME)
    assert lab.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert account.records() == []


def test_everyone_else_is_recorded_even_the_root_user(account: Account) -> None:
    root = account.emulator.client("sts", HOME, Credentials(ACCOUNT, "test"), "203.0.113.9", "aws-cli/2")
    root.get_caller_identity()
    (record,) = account.records("GetCallerIdentity")
    assert record["userIdentity"] == {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "accountId": ACCOUNT,
        "accessKeyId": ACCOUNT,
    }
    assert (record["sourceIPAddress"], record["userAgent"]) == ("203.0.113.9", "aws-cli/2")


def test_the_agent_alone_does_not_make_somebody_the_lab(account: Account) -> None:
    mallory = account.user("mallory", allow("sts:*"))
    account.emulator.client("sts", HOME, mallory, user_agent="deadfall-lab/1").get_caller_identity()
    assert [record["userIdentity"]["userName"] for record in account.records("GetCallerIdentity")] == ["mallory"]


def test_calls_whose_credentials_do_not_hold_are_refused_and_belong_to_nobody(account: Account) -> None:
    mallory = account.user("mallory", allow("*"))
    for wrong in (Credentials(mallory.access_key_id, "wrong"), Credentials("AKIAIOSFODNN7EXAMPLE", "wrong")):
        with pytest.raises(ClientError) as refused:
            account.emulator.client("iam", HOME, wrong).list_users()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    account.emulator.client("iam", HOME).update_access_key(
        UserName="mallory", AccessKeyId=mallory.access_key_id, Status="Inactive"
    )
    with pytest.raises(ClientError) as refused:
        account.emulator.client("iam", HOME, mallory).list_users()
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"
    assert account.records() == []


def test_a_denied_caller_reads_the_words_that_cloudtrail_records(account: Account) -> None:
    mallory = account.emulator.client("secretsmanager", HOME, account.user("mallory"))
    with pytest.raises(ClientError) as denied:
        mallory.get_secret_value(SecretId="prod/db-root")
    (record,) = account.records("GetSecretValue")
    message = (
        f"User: arn:aws:iam::{ACCOUNT}:user/mallory is not authorized to perform: secretsmanager:GetSecretValue on "
        "resource: prod/db-root because no identity-based policy allows the secretsmanager:GetSecretValue action"
    )
    assert denied.value.response["Error"] == {"Code": "AccessDeniedException", "Message": message}
    assert (record["errorCode"], record["errorMessage"]) == ("AccessDenied", message)
    assert (record["requestParameters"], record["responseElements"]) == (None, None)


def test_reading_a_secret_leaves_two_records(account: Account) -> None:
    account.client("secretsmanager").create_secret(Name="prod/db-root", SecretString="hunter2")
    mallory = account.user("mallory", allow("secretsmanager:*"))
    client = account.emulator.client("secretsmanager", HOME, mallory, "203.0.113.66", "evil/1")
    answer = client.get_secret_value(SecretId="prod/db-root")
    (read,), (decrypt,) = account.records("GetSecretValue"), account.records("Decrypt")
    assert read["requestParameters"] == {"secretId": "prod/db-root"}
    assert read["userIdentity"]["accessKeyId"] == mallory.access_key_id
    assert decrypt["requestParameters"]["encryptionContext"] == {
        "SecretARN": answer["ARN"],
        "SecretVersionId": answer["VersionId"],
    }
    assert decrypt["userIdentity"]["arn"] == read["userIdentity"]["arn"]
    assert decrypt["userIdentity"]["invokedBy"] == decrypt["sourceIPAddress"] == "secretsmanager.amazonaws.com"
    assert "hunter2" not in str(account.records())


def test_a_partial_arn_is_the_arn_without_its_last_seven_characters(account: Account) -> None:
    secrets = account.client("secretsmanager")
    arns = [
        secrets.create_secret(Name=name, SecretString=name)["ARN"] for name in ("prod/db-root-copy", "prod/db-root")
    ]
    assert secrets.get_secret_value(SecretId=arns[1][:-7])["SecretString"] == "prod/db-root"
    assert secrets.get_secret_value(SecretId=arns[0][:-7])["SecretString"] == "prod/db-root-copy"
    for wrong in (arns[1][:-8], arns[1][:-3]):
        with pytest.raises(ClientError) as missing:
            secrets.get_secret_value(SecretId=wrong)
        assert missing.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_bucket_that_wants_tls_gets_it(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="tls-only")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    insecure = {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3.put_bucket_policy(Bucket="tls-only", Policy=document({**insecure, "Resource": "arn:aws:s3:::tls-only/*"}))
    s3.put_object(Bucket="tls-only", Key="k", Body=b"x")
    assert s3.get_object(Bucket="tls-only", Key="k")["Body"].read() == b"x"


def test_data_plane_calls_are_not_recorded(account: Account) -> None:
    account.client("s3").create_bucket(Bucket="bucket-of-mine")
    account.client("s3").put_object(Bucket="bucket-of-mine", Key="key", Body=b"x")
    account.client("s3").list_objects_v2(Bucket="bucket-of-mine")
    queue = account.client("sqs").create_queue(QueueName="queue")["QueueUrl"]
    account.client("sqs").send_message(QueueUrl=queue, MessageBody="x")
    account.client("cloudwatch").put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0}])
    assert [record["eventName"] for record in account.records()] == ["CreateBucket", "CreateQueue"]


def test_a_session_of_a_role_is_recorded_with_its_issuer(account: Account) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    role = account.client("iam").create_role(
        RoleName="reader", Path="/team/", AssumeRolePolicyDocument=document(trust)
    )["Role"]
    session = account.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="alice")
    keys = session["Credentials"]
    credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    account.emulator.client("sts", HOME, credentials).get_caller_identity()
    (record,) = account.records("GetCallerIdentity")
    created = record["userIdentity"]["sessionContext"]["attributes"].pop("creationDate")
    assert created <= record["eventTime"]
    assert record["userIdentity"] == {
        "type": "AssumedRole",
        "principalId": f"{role['RoleId']}:alice",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/alice",
        "accountId": ACCOUNT,
        "accessKeyId": keys["AccessKeyId"],
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role["RoleId"],
                "arn": f"arn:aws:iam::{ACCOUNT}:role/team/reader",
                "accountId": ACCOUNT,
                "userName": "reader",
            },
            "attributes": {"mfaAuthenticated": "false"},
        },
    }


def test_nothing_of_the_users_aws_setup_gets_in(cold: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-does-not-exist")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREALREALREALREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1:9")
    with Emulator.start(account_id=ACCOUNT) as emulator:
        account = Account(emulator)
        assert emulator.client("sts", HOME).get_caller_identity()["Account"] == ACCOUNT
        account.function("env", "import os\ndef handler(event, context): return dict(os.environ)")
        answer = account.client("lambda").invoke(FunctionName="env")
        environment = answer["Payload"].read().decode()
    assert "AKIAREALREALREALREAL" not in environment and "192.0.2.1" not in environment


def test_a_server_that_died_says_so_with_its_last_words(own_account: Account) -> None:
    os.kill(own_account.emulator._process.pid, signal.SIGKILL)
    with pytest.raises(EmulatorError, match="The lab's server ended with exit code -9"):
        own_account.emulator.journal()


def test_a_server_that_cannot_start_shows_its_log(cold: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ministack.py").write_text("raise ImportError('no such emulator')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(
        EmulatorError, match=r"(?s)ended with exit code 1\. The last lines of its log:.*no such emulator"
    ):
        Emulator.start(account_id=ACCOUNT)


def test_stopping_leaves_no_process_and_no_file(cold: None) -> None:
    with Emulator.start(account_id=ACCOUNT) as emulator:
        account = Account(emulator)
        account.function("sleeper", "import os\ndef handler(event, context): return os.getpid()")
        child = int(account.client("lambda").invoke(FunctionName="sleeper")["Payload"].read())
        folder, server = emulator._folder, emulator._process.pid
        assert _runs(child) and _runs(server) and folder.exists()
    assert not _runs(server) and not folder.exists()
    eventually(lambda: not _runs(child), "the Lambda function's process ends")
    emulator.stop()


def test_the_server_ends_with_whoever_started_it() -> None:
    script = f"""
        from deadfall.lab.emulator import Emulator
        emulator = Emulator.start("{ACCOUNT}")
        print(emulator._process.pid, emulator._folder, flush=True)
        import os; os.kill(os.getpid(), 9)
    """
    root = str(Path(__file__).parents[2])
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=root, capture_output=True, text=True, check=False
    )
    server, folder = ended.stdout.split()
    eventually(lambda: not _runs(int(server)) and not Path(folder).exists(), "the server ends")


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
