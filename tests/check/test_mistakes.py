# ruff: noqa: E501  (a mistake and its line read best side by side)
"""Mistakes in a stack file, as people make them, and the lines that report them."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadfall.check.config import findings, validation_of
from deadfall.check.finding import Finding
from deadfall.check.rules import unknown_detections
from deadfall.check.stack_text import StackTextError, read

from .stack_files import GOOD, with_key, with_lines, without_key

HELP = "(docs/configure.md lists all keys)"
SEED = "`openssl rand -hex 32 | pulumi config set --secret decoySeed`"
ENCRYPTED = "is encrypted, so it cannot be checked without Pulumi; write it in plain text (only decoySeed is secret)"
WIDE = "so rules would ignore intruders too; list only your own networks"
REGION = "is not a region of the AWS partition 'aws'; use one such as"
KINDS = "'accessKey' or 'parameter' or 'secret'"
COMPULSORY = (
    "cannot be none: the use of root, changes of the trail and touches of the decoys must be detected; set them to "
    "default, observe or alert"
)
EXCEPTION = "policy: stores-log-retention, owner: soc@example.com, reason: the archive moves in January"


def reported(text: str) -> list[Finding]:
    """Return everything that the check says about a stack file, without its rules and guardrails."""
    found = read(text)
    validation = validation_of(found)
    unknown = unknown_detections(validation.config).values()
    of_rules = [Finding("config", "", "deadfall:detections", message) for message in unknown]
    return [*findings("Pulumi.s.yaml", found, validation), *of_rules]


def errors(text: str) -> list[str]:
    return [f"{each.key}: {each.message}" for each in reported(text) if not each.is_warning]


def decoy(text: str) -> str:
    return with_key("decoys", f"[{text}]")


def test_a_right_file_is_reported_right():
    assert reported(GOOD) == []
    assert reported("---\n# a comment\n" + GOOD.replace("eu-west-1, us-east-1", "eu-west-1,\n    us-east-1")) == []


MISTAKES = [
    # Keys
    (without_key("accountId"), "accountId: is missing; set it with `pulumi config set deadfall:accountId …`"),
    (without_key("regions"), "regions: is missing; set it with `pulumi config set deadfall:regions …`"),
    (without_key("decoys"), "decoys: is missing; set it with `pulumi config set deadfall:decoys …`"),
    (
        without_key("tags"),
        "tags: the tag Team is missing, which shows whom to ask about a resource; set it, such as {Team: platform}",
    ),
    (with_lines("deadfall:huntign: true"), f"huntign: is not a key of Deadfall; write hunting or remove it {HELP}"),
    (with_lines("deadfall:color: blue"), f"color: is not a key of Deadfall; correct or remove it {HELP}"),
    (
        with_key("trail", "{excludeKMS: true, loggRetentionDays: 90}").replace("excludeKMS: true, ", ""),
        f"trail.loggRetentionDays: is not a key of Deadfall; write logRetentionDays or remove it {HELP}",
    ),
    (
        decoy("{kind: secret, name: prod/db, databse: {engine: mysql}}"),
        f"decoys[0].databse: is not a key of Deadfall; write database or remove it {HELP}",
    ),
    (
        decoy("{kind: accessKey, name: svc-export, userName: svc-export}"),
        f"decoys[0].name: is not a key of Deadfall; write userName or remove it {HELP}",
    ),
    (GOOD.replace("deadfall:tags", "tags"), "!tags: lacks its namespace; write deadfall:tags"),
    (GOOD.replace("deadfall:regions", "deadfal:regions"), "!deadfal:regions: has a misspelt namespace; write deadfall:regions"),
    (GOOD.replace("deadfall:regions", "Deadfall:regions"), "!Deadfall:regions: has a misspelt namespace; write deadfall:regions"),
    (
        with_lines("aws:region: eu-west-1"),
        "!aws:region: has no effect, because the program sets region and account itself; remove it",
    ),
    (GOOD + "deadfall:hunting: true\n", "!deadfall:hunting: is outside of config; indent it under config"),
    (GOOD + "hunting: true\n", "!hunting: is outside of config; remove it; Pulumi knows no such key there"),
    (
        with_lines("deadfall:tags: {Team: data}"),
        "tags: is given twice, on lines 7 and 12; remove one of them",
    ),
    (with_lines("tags: {Team: data}"), "tags: is given twice, on lines 7 and 12; remove one of them", "!tags: lacks its namespace; write deadfall:tags"),
    (
        with_key("tags", "{Team: a, Team: b}"),
        "tags.Team: is given twice, on line 7; remove one of them",
    ),
    (
        with_key("evidence", "\n    lockDays: 1\n    lockDays: 2"),
        "evidence.lockDays: is given twice, on lines 13 and 14; remove one of them",
    ),
    (with_key("tags", "{Team: a, 2026: b}"), "tags.2026: has a key that is not text; put '2026' in quotes"),
    # Missing quotes, and types
    (
        with_key("accountId", "111122223333"),
        "accountId: must be in quotes, because YAML reads 111122223333 as a number and drops leading zeros; write "
        '"111122223333"',
    ),
    (
        with_key("accountId", "011122223333").replace("111122223333", "011122223333"),
        "accountId: must be in quotes, because YAML reads 011122223333 as a number and drops leading zeros; write "
        '"011122223333"',
    ),
    (
        with_key("accountId", "089999999999").replace("111122223333", "089999999999"),
        "accountId: must be in quotes, because YAML reads 089999999999 as a number and drops leading zeros; write "
        '"089999999999"',
    ),
    (with_key("accountId", '"1111-2222-3333"'), "accountId: must be 12 digits, in quotes: YAML drops a leading zero"),
    (with_key("accountId", ""), "accountId: has no value; write one, or remove the key"),
    (
        with_key("tags", "{Team: 4711}"),
        "tags.Team: must be text, not 4711, which YAML reads as a number; put it in quotes",
        "tags: the tag Team is missing, which shows whom to ask about a resource; set it, such as {Team: platform}",
    )[:2],
    (
        with_key("tags", "{Team: a, Cost: 1.10}"),
        "tags.Cost: must be text, not 1.10, which YAML reads as a number; put it in quotes",
    ),
    (
        with_key("tags", "{Team: a, Country: no}"),
        "tags.Country: must be text, not no, which YAML reads as a boolean; put it in quotes",
    ),
    (
        with_key("tags", "{Team: a, Since: 2026-01-31}"),
        "tags.Since: must be text, not 2026-01-31, which YAML reads as a date; put it in quotes",
    ),
    (with_key("tags", "{Team: a, Owner: }"), "tags.Owner: has no value; write one, or remove the key"),
    (with_key("tags", "{Team: [a, b]}"), "tags.Team: must be text, not a list"),
    (with_key("tags", "{Team: ' '}"), "tags: the tag Team is missing, which shows whom to ask about a resource; set it, such as {Team: platform}"),
    (with_key("tags", "Team=platform"), "tags: must be an object, not 'Team=platform'; set it with `pulumi config set --path 'deadfall:tags.…' …`"),
    (with_key("tags", "{Team: a, 'aws:x': b}"), "tags.aws:x: 'aws:x' begins with aws:, which AWS keeps for itself; choose another key"),
    (with_key("hunting", "yes"), "hunting: must be true or false, not yes"),
    (with_key("hunting", "maybe"), "hunting: must be true or false, not 'maybe'"),
    (with_key("evidence", "{retentionDays: a year}"), "evidence.retentionDays: must be a whole number, not 'a year'"),
    (with_key("evidence", "{retentionDays: 030}"), "evidence.retentionDays: must be a whole number, not 030"),
    (with_key("evidence", "{retentionDays: 0x1F}"), "evidence.retentionDays: must be a whole number, not 0x1F"),
    (with_key("evidence", "{lockDays: 0}"), "evidence.lockDays: must be at least 1, not 0"),
    (with_key("evidence", "{lockDays: 9999}"), "evidence.lockDays: must be at most 3650, not 9999"),
    (with_key("evidence", "30"), "evidence: must be an object, not 30; set it with `pulumi config set --path 'deadfall:evidence.…' …`"),
    (with_key("environment", "production"), "environment: must be 'dev' or 'prod', not 'production'; write prod"),
    (with_key("environment", "staging"), "environment: must be 'dev' or 'prod', not 'staging'"),
    (with_key("prefix", "!!str x1y"), None),
    (with_key("prefix", "!local xyz"), "prefix: has the YAML tag '!local'; remove the tag"),
    (
        with_key("prefix", "Account_Audit"),
        "prefix: 'Account_Audit' has the wrong form; write a prefix of 3 to 20 characters: a-z, 0-9 and hyphens, a letter "
        "first and no hyphen last",
    ),
    (with_key("prefix", "honeypot"), "prefix: 'honeypot' reveals a decoy ('honey'); use the name that a real resource would have"),
    # Lists
    (with_key("regions", "[]"), "regions: is empty; set it with `pulumi config set --path 'deadfall:regions[0]' …`"),
    (with_key("alertEmails", "[]"), "alertEmails: is empty; set it with `pulumi config set --path 'deadfall:alertEmails[0]' …`"),
    (with_key("decoys", "[]"), "decoys: is empty; set it with `pulumi config set --path 'deadfall:decoys[0]' …`"),
    (with_key("decoys", ""), "decoys: has no value; write one, or remove the key"),
    (with_key("regions", "eu-west-1"), "regions: must be a list, not 'eu-west-1'; set it with `pulumi config set --path 'deadfall:regions[0]' …`"),
    (with_key("regions", "[eu-west-1, eu-west-9]"), f"regions[1]: 'eu-west-9' {REGION} eu-west-1"),
    (with_key("regions", "[eu-wset-2]"), f"regions[0]: 'eu-wset-2' {REGION} eu-west-2"),
    (with_key("regions", "[cn-north-1]"), f"regions[0]: 'cn-north-1' {REGION} eu-north-1"),
    (with_key("regions", "[us-east-1, us-east-1]"), "regions: 'us-east-1' is listed twice; remove the duplicate"),
    (with_key("alertEmails", "[soc]"), "alertEmails[0]: 'soc' is not a mail address; write one such as soc@example.com"),
    (with_key("alarmEmails", "soc@example.com"), "alarmEmails: must be a list, not 'soc@example.com'; set it with `pulumi config set --path 'deadfall:alarmEmails[0]' …`"),
    # Accounts and roles
    (
        with_key("deployRoleArn", "arn:aws:iam::999988887777:role/deploy"),
        "deployRoleArn: 'arn:aws:iam::999988887777:role/deploy' belongs to another account than accountId 111122223333; "
        "correct one of them",
    ),
    (
        with_key("breakGlassArns", "[arn:aws:iam::999988887777:user/emergency]"),
        "breakGlassArns: 'arn:aws:iam::999988887777:user/emergency' belongs to another account than accountId "
        "111122223333; correct one of them",
    ),
    (
        with_key("deployRoleArn", "arn:aws:iam::111122223333:user/me"),
        "deployRoleArn: 'arn:aws:iam::111122223333:user/me' is a user; deploy by a role, such as "
        "arn:aws:iam::111122223333:role/deploy",
    ),
    (
        with_key("deployRoleArn", "deploy"),
        "deployRoleArn: 'deploy' is not the ARN of an IAM role or user; write one such as "
        "arn:aws:iam::111122223333:role/deploy",
    ),
    # Networks
    (with_key("trustedNetworks", "[0.0.0.0/0]"), f"trustedNetworks[0]: '0.0.0.0/0' contains every address, {WIDE}"),
    (with_key("trustedNetworks", '["::/0"]'), f"trustedNetworks[0]: '::/0' contains every address, {WIDE}"),
    (with_key("trustedNetworks", "[128.0.0.0/1]"), f"trustedNetworks[0]: '128.0.0.0/1' contains addresses of many owners, {WIDE}"),
    (with_key("trustedNetworks", "[203.0.113.7/24]"), "trustedNetworks[0]: '203.0.113.7/24' is an address inside a network; write '203.0.113.0/24'"),
    (with_key("trustedNetworks", "[office]"), "trustedNetworks[0]: 'office' is not a network; write one such as 203.0.113.0/24"),
    # The seed
    (
        with_key("decoySeed", "0123456789abcdef0123456789abcdef"),
        "decoySeed: is in plain text, so anyone who reads this file can compute the decoys' values; replace it with " + SEED,
    ),
    (
        with_key("decoySeed", "short"),
        "decoySeed: is in plain text, so anyone who reads this file can compute the decoys' values; replace it with " + SEED,
    ),
    (with_key("alertEmails", "{secure: v1:x}"), f"alertEmails: {ENCRYPTED}"),
    (with_key("alertEmails", "[{secure: v1:x}, soc@example.com]"), f"alertEmails[0]: {ENCRYPTED}"),
    # Decoys
    (decoy("{kind: secret, name: prod/a b}"), "decoys[0].name: 'prod/a b' has the wrong form; write a secret's name of up to 72 characters: A-Z, a-z, 0-9 and / _ + = . @ -"),
    (decoy("{kind: accessKey, userName: team/svc}"), "decoys[0].userName: 'team/svc' has the wrong form; write an IAM user's name of up to 64 characters, without a path: A-Z, a-z, 0-9 and _ + = , . @ -"),
    (decoy("{kind: parameter, name: 'a b'}"), "decoys[0].name: 'a b' has the wrong form; write a parameter's name: levels of A-Z, a-z, 0-9 and . _ -, separated by slashes"),
    (decoy("{kind: secrets, name: x}"), "decoys[0]: 'secrets' is not a kind of decoy; write secret"),
    (decoy("{kind: bucket, name: x}"), f"decoys[0]: 'bucket' is not a kind of decoy; write {KINDS}"),
    (decoy("{name: prod/db}"), f"decoys[0]: needs a kind; write {KINDS}"),
    (decoy("{kind: secret}"), "decoys[0].name: is missing; set it with `pulumi config set --path 'deadfall:decoys[0].name' …`"),
    (decoy("prod/db"), "decoys[0]: must be an object, not 'prod/db'; set it with `pulumi config set --path 'deadfall:decoys[0].…' …`"),
    (decoy("{kind: secret, name: prod/decoy}"), "decoys[0].name: 'prod/decoy' reveals a decoy ('decoy'); use the name that a real resource would have"),
    (
        decoy("{kind: secret, name: prod/db}, {kind: secret, name: prod/db-replica}"),
        "decoys: the secret 'prod/db-replica' continues the name of 'prod/db', so a touch of it raises the alarms of both; "
        "rename one of them",
    ),
    (
        decoy("{kind: secret, name: prod/db}, {kind: secret, name: prod/db}"),
        "decoys: the secret 'prod/db' is listed twice; remove the duplicate",
    ),
    (
        decoy("{kind: secret, name: prod/db, region: eu-north-1}"),
        "decoys: 'prod/db' is in eu-north-1, which is not among regions; add it there",
    ),
    # Detections
    (with_key("detections", "{root_usee: observe}"), "detections: no detection matches 'root_usee'; write root_use"),
    (with_key("detections", "{root_use: none}"), f"detections: root_use {COMPULSORY}"),
    (with_key("detections", "{'*': none, root_use: default}"), "detections: cloudtrail_tampering, cloudtrail_selectors_reduced, decoy_secret_read, decoy_secret_batch_read, decoy_secret_decrypt " + COMPULSORY),
    (with_key("detections", "{root_use: page}"), "detections.root_use: must be 'none', 'observe', 'alert', 'contain' or 'default', not 'page'"),
    (with_key("detections", "{root_use: }"), "detections.root_use: has no value; write one, or remove the key"),
    (with_key("detections", "[root_use]"), "detections: must be an object, not a list; set it with `pulumi config set --path 'deadfall:detections.…' …`"),
    # Trail, evidence, exceptions
    (with_key("trail", "{logRetentionDays: 91}"), "trail.logRetentionDays: CloudWatch Logs has no retention of 91 days; write 90"),
    (with_key("trail", "{objectLock: {mode: compliance, days: 1}}"), "trail.objectLock.mode: must be 'GOVERNANCE' or 'COMPLIANCE', not 'compliance'; write COMPLIANCE"),
    (with_key("trail", "{existing: {logGroupName: 'a b'}}"), "trail.existing.logGroupName: 'a b' has the wrong form; write a log group's name: A-Z, a-z, 0-9 and . - _ / #"),
    (with_key("trail", "{excludeKms: true}"), "trail.excludeKms: must be false while a secret is planted, because its KMS Decrypt records are the second way to detect a read"),
    (with_key("evidence", "{retentionDays: 7, lockDays: 30}"), "evidence.lockDays: evidence expires before its lock does; increase evidence.retentionDays"),
    (with_key("keepEvidence", "false"), "keepEvidence: must be true in production, where evidence cannot be deleted; set environment to dev"),
    (with_key("policyExceptions", f"[{{{EXCEPTION}, expires: 2027-01-31}}]"), "policyExceptions[0].expires: must be a date in quotes, such as '2027-01-31'"),
    (with_key("policyExceptions", f"[{{{EXCEPTION}}}]"), "policyExceptions[0].expires: is missing; set it with `pulumi config set --path 'deadfall:policyExceptions[0].expires' …`"),
]  # fmt: skip


def expected(line: str) -> str:
    return line[1:] if line.startswith("!") else f"deadfall:{line}"


@pytest.mark.parametrize("mistake", MISTAKES, ids=[str(each[-1]).partition(": ")[0] for each in MISTAKES])
def test_a_mistake_is_reported_with_key_and_remedy(mistake: tuple[str, ...]):
    text, *lines = mistake
    assert errors(text) == [expected(line) for line in lines if line is not None]


JARGON = re.compile(
    r"Value error|Input should|pydantic|Traceback|\bNone\b|NoneType|\bdict\b|\bstr\b|\bint\b|<class|mapping|scalar|"
    r"\^\[|\\d|\{1,|tuple|constructor|while (pars|scann)|expected <",
)
REMEDIES = re.compile(
    r"\b(set|write|remove|use|put|correct|choose|add|indent|plant|list|replace|increase|rename|merge|deploy by|must be)\b"
)


def test_every_message_is_a_sentence_in_words_of_config():
    lines = [line for text, *lines in MISTAKES for line in lines if line]
    assert len(lines) >= 60
    for line in lines:
        assert not JARGON.search(line), line
        assert REMEDIES.search(line.partition(": ")[2]), line


MANY = """\
config:
  deadfall:accountId: 111122223333
  regions: [eu-west-1, eu-west-9]
  deadfall:deployRoleArn: arn:aws:iam::999988887777:role/deploy
  deadfall:alertEmails: []
  deadfall:tags: {Owner: 4711, Owner: x}
  deadfall:decoySeed: 0123456789abcdef0123456789abcdef
  deadfall:trustedNetworks: [0.0.0.0/0, "::/0"]
  deadfall:detections: {root_usee: observe, cloudtrail_tampering: none}
  deadfall:environment: production
  deadfall:huntign: yes
  deadfall:evidence: {retentionDays: 7, lockDays: 30}
  deadfall:decoys:
    - {kind: secret, name: prod/db}
    - {kind: secret, name: prod/db-replica}
    - {kind: secrets, name: prod/x}
    - {kind: secret, name: a b}
"""


def test_many_mistakes_are_reported_in_one_run():
    lines = errors(MANY)
    keys = [line.partition(": ")[0] for line in lines]
    assert keys == [
        "deadfall:accountId",
        "regions",
        "deadfall:regions[1]",
        "deadfall:deployRoleArn",
        "deadfall:alertEmails",
        "deadfall:tags.Owner",
        "deadfall:tags.Owner",
        "deadfall:tags",
        "deadfall:decoySeed",
        "deadfall:trustedNetworks[0]",
        "deadfall:trustedNetworks[1]",
        "deadfall:detections",
        "deadfall:environment",
        "deadfall:huntign",
        "deadfall:huntign",
        "deadfall:evidence.lockDays",
        "deadfall:decoys",
        "deadfall:decoys[2]",
        "deadfall:decoys[3].name",
        "deadfall:detections",
    ]
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("config: [\n", 2, "is not YAML from here on; correct the brackets, quotes, colons or indentation here or on the "
         "lines before"),
        ("config:\n  a: b: c\n", 2, "is not YAML from here on"),
        ("config:\n\tdeadfall:hunting: true\n", 2, "is indented with a tab; use spaces"),
        ("just text", 1, "must be a map that begins with `config:`"),
        ("- config\n", 1, "must be a map that begins with `config:`"),
        ("config: text\n", 1, "config must be a map of keys such as deadfall:accountId"),
        ("config:\n- a\n", 2, "config must be a map of keys such as deadfall:accountId"),
        ("config: \x01\n", None, "contains characters that YAML does not allow; remove control characters"),
        ("config: {deadfall:tags: &a {x: *a}}", None, "has too many or too deeply nested values"),
        ("config: {deadfall:tags: " + "[" * 60 + "]" * 60 + "}", None, "has too many or too deeply nested values"),
        ("config:\n  a: " + "[" * 99, 2, "is nested too deeply; write plain lists and objects"),
    ],
)  # fmt: skip
def test_what_is_no_stack_file_is_one_sentence(text: str, line: int | None, sentence: str):
    with pytest.raises(StackTextError) as raised:
        read(text)
    assert str(raised.value).startswith(sentence)
    assert not JARGON.search(str(raised.value))
    if line:
        assert raised.value.line == line


def test_a_file_that_multiplies_its_values_ends():
    levels = "\n".join(f"  deadfall:l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9))
    with pytest.raises(StackTextError, match="too many"):
        read(f"config:\n  deadfall:l0: &l0 [x]\n{levels}\n")


@pytest.mark.parametrize("text", ["", "config:\n", "# nothing\n", "encryptionsalt: x\n"])
def test_an_empty_file_lacks_every_required_key(text: str):
    keys = [line.partition(":")[2].partition(":")[0] for line in errors(text)]
    assert sorted(keys) == ["accountId", "alertEmails", "decoys", "deployRoleArn", "regions", "tags"]


def test_a_missing_seed_is_a_warning():
    (finding,) = reported(without_key("decoySeed"))
    assert finding.is_warning
    assert finding.message == f"is not set yet; set it with {SEED}"


def test_a_seed_is_never_shown():
    for seed in ("hunter2", "{a: hunter2}", "[hunter2]", "1234567", '"{\\"secure\\": \\"hunter2\\"}"', '"[hunter2"'):
        said = " ".join(map(str, reported(with_key("decoySeed", seed))))
        assert "hunter2" not in said
        assert "1234567" not in said


def test_lines_name_the_place_in_the_file():
    text = with_key("trail", "\n    archiveRetentionDays: 30\n    logRetentionDays: 91")
    (finding,) = reported(text)
    (line,) = [number for number, line in enumerate(text.splitlines(), 1) if "91" in line]
    assert finding.where == f"Pulumi.s.yaml:{line}"


def test_merged_keys_and_anchors_are_read_as_pulumi_reads_them():
    merged = with_lines("deadfall:evidence: {<<: {retentionDays: 30}, lockDays: 40}")
    assert errors(merged) == [
        "deadfall:evidence.lockDays: evidence expires before its lock does; increase evidence.retentionDays"
    ]
    shared = GOOD.replace("alertEmails: [soc@example.com]", "alertEmails: &who [soc@example.com]")
    assert errors(shared + "  deadfall:alarmEmails: *who\n") == []


def test_json_text_of_pulumi_config_set_is_read():
    text = with_key("regions", """'["eu-west-1", "eu-west-9"]'""")
    assert errors(text) == [f"deadfall:regions[1]: 'eu-west-9' {REGION} eu-west-1"]
    assert errors(with_key("regions", "'[eu-west-1'")) == [
        "deadfall:regions: is not valid JSON; set lists with `pulumi config set --path`"
    ]


KEYS = (
    *("accountId", "regions", "deployRoleArn", "breakGlassArns", "alertEmails", "alarmEmails", "decoys", "decoySeed"),
    *("trail", "evidence", "environment", "policyExceptions", "detections", "trustedNetworks", "hunting", "tags"),
    *("prefix", "keepEvidence", "no-key"),
)
INSIDE = st.sampled_from(
    [
        *("kind", "name", "userName", "region", "database", "engine", "existing", "logGroupName", "objectLock", "mode"),
        *("days", "lockDays", "policy", "expires", "root_use", "*", "Team", "secure", "<<", "", "\x1b[31m", "ä"),
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.text(max_size=20),
    st.binary(max_size=4),
    st.sampled_from(["secret", "accessKey", "prod/db", "eu-west-1", "0.0.0.0/0", "[1", '{"a": 1}', "no", "1e999"]),
)
SHAPES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(INSIDE, inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(KEYS), SHAPES, min_size=1, max_size=5))
def test_any_value_of_any_key_is_right_or_reported_in_sentences(values: dict[str, object]):
    import yaml

    added = yaml.safe_dump({f"deadfall:{key}": value for key, value in values.items()}, allow_unicode=True)
    said = reported(GOOD + "".join(f"  {line}\n" for line in added.splitlines()))
    for finding in said:
        assert re.fullmatch(r"[ -~…]+", str(finding))
        assert not JARGON.search(re.sub(r"'.*?'", "", finding.message)), finding


@given(st.text() | st.text(alphabet="config:\n -[]{}&*!|>'\"%@`#,?ab1"))
def test_any_text_is_a_stack_file_or_refused_in_one_sentence(text: str):
    try:
        said = reported(text)
    except StackTextError as error:
        assert re.fullmatch(r"[ -~]+", str(error))
    else:
        assert said


def test_the_file_of_every_shipped_stack_is_right():
    for file in Path(__file__).parent.parent.parent.glob("Pulumi.*.yaml"):
        assert [each for each in reported(file.read_text()) if not each.is_warning] == []
