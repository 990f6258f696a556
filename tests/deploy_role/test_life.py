"""The generated policies in the lab: sufficient for a stack's whole life, with no superfluous statement."""

from collections.abc import Iterator

import pytest

from deadfall.deploy_role.statements import Statement, actions_of
from deadfall.lab.engine import DeploymentError

from .life import HUNTING, Life, given, updated
from .proof import missed, without
from .unseen import ACTIONS_OF_OPERATIONS, UNSEEN_ACTIONS

# A refresh only reads. What else there is, is missed when the stack is made.
MISSED_BY_UP = {
    "IamPassRole1": "iam:PassRole on resource: arn:aws:iam::111122223333:role/account-audit-forwarder",
    "IamPassRole2": "iam:PassRole on resource: arn:aws:iam::111122223333:role/account-audit-responder",
    "IamPassRole3": "iam:PassRole on resource: arn:aws:iam::111122223333:role/account-audit-trail-logs",
    "KmsAlias": "kms:CreateAlias",
    "LogsLogGroup2": "logs:CreateLogGroup",
    "SecretsmanagerSecret1": "secretsmanager:CreateSecret",
}


@pytest.fixture(scope="module")
def statements() -> list[Statement]:
    return given("dev")


@pytest.fixture(scope="module")
def deployed(statements: list[Statement]) -> Iterator[Life]:
    with Life.of("dev", statements) as life:
        life.step("up")
        yield life


def test_the_dev_stack_lives_its_whole_life_under_its_role_and_all_that_is_granted_is_used_or_known_not_to_be():
    """Enable hunting, so that all resource types are included."""
    statements, after = given("dev", HUNTING), given("dev", {**HUNTING, **updated("dev")})
    with Life.of("dev", statements, HUNTING) as life:
        assert life.step("up").changes
        assert not life.step("up again").changes
        assert life.live(("refresh", "mend", "update", "destroy"), statements, after) == ""
        calls = life.calls()
    granted = {action.lower(): action for statement in (*statements, *after) for action in actions_of(statement)}
    used = {action for call in calls for action in ACTIONS_OF_OPERATIONS.get(call, (call,))}
    assert {action.lower() for action in used} <= granted.keys()
    unseen = {granted[action] for action in granted.keys() - {action.lower() for action in used}}
    assert unseen == UNSEEN_ACTIONS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("stack", ["prod", "minimal"])
def test_the_other_stacks_are_deployed_refreshed_and_updated_under_their_roles(stack: str):
    before, after = given(stack), given(stack, updated(stack))
    with Life.of(stack, before) as life:
        assert life.live(("up", "up again", "refresh", "update"), before, after) == ""


@pytest.mark.slow
def test_a_refresh_misses_every_statement_by_which_something_is_read(deployed: Life, statements: list[Statement]):
    told = {statement["Sid"]: missed(deployed, statements, statement["Sid"]) for statement in statements}
    for statement in statements:
        sid, words = statement["Sid"], told[statement["Sid"]]
        if sid in MISSED_BY_UP or sid.startswith("S3Object"):
            assert words == ""
        else:
            assert any(f"perform: {action}" in words for action in named(statement)) or headless(sid, words), words


@pytest.mark.slow
@pytest.mark.parametrize("sid", MISSED_BY_UP)
def test_an_up_misses_what_only_makes_something(statements: list[Statement], sid: str):
    with Life.of("dev", without(statements, sid)) as life, pytest.raises(DeploymentError) as denied:
        life.step("up")
    assert f"perform: {MISSED_BY_UP[sid]}" in str(denied.value)


def test_a_preview_needs_no_permission_at_all(deployed: Life, statements: list[Statement]):
    deployed.allow([{"Effect": "Deny", "Action": "*", "Resource": "*"}])
    try:
        assert not deployed.lab.deployment.preview().changes
        with pytest.raises(DeploymentError, match="explicit deny"):  # the deny does bite
            deployed.step("refresh")
    finally:
        deployed.allow(statements)


def test_a_destroy_misses_what_only_deletes(deployed: Life, statements: list[Statement]):
    """Runs last, because it removes most of what was deployed."""
    objects = [statement["Sid"] for statement in statements if statement["Sid"].startswith("S3Object")]
    deployed.allow([statement for statement in statements if statement["Sid"] not in objects])
    with pytest.raises(DeploymentError, match="s3:DeleteObject"):
        deployed.step("destroy")


def named(statement: Statement) -> list[str]:
    """Return the statement's actions as denials spell them: SNS's in capitals."""
    return [action.replace("sns:", "SNS:") for action in actions_of(statement)]


def headless(sid: str, words: str) -> bool:
    """S3 answers a HEAD with a bare 403, here and on AWS: such a response has no body."""
    return sid.startswith("S3Bucket") and "HeadBucket: 403: Forbidden" in words
