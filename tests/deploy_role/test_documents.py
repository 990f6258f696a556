"""Managed policies within IAM's quotas."""

import json

import pytest

from deadfall.deploy_role.documents import QuotaError, documents, length
from deadfall.deploy_role.statements import actions_of, resources_of
from deadfall.patterns.aws_limits import MAX_MANAGED_POLICY_CHARACTERS


def statement(sid: str, resources: int) -> dict[str, object]:
    arns = [f"arn:aws:sqs:eu-west-1:111122223333:queue-{number:03}" for number in range(resources)]
    return {"Sid": sid, "Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": arns}


def test_white_space_does_not_count():
    spaced = {"Version": "2012-10-17", "Statement": [statement("A", 2)]}
    assert length(spaced) == len(json.dumps(spaced, separators=(",", ":")))


def test_what_fits_is_one_document():
    assert documents([statement("A", 2), statement("B", 2)]) == [
        {"Version": "2012-10-17", "Statement": [statement("A", 2), statement("B", 2)]}
    ]


def test_what_does_not_fit_is_several_of_which_each_fits_and_which_say_the_same():
    given = [statement("A", 90), statement("B", 90), statement("C", 300)]
    found = documents(given)

    assert len(found) == 6
    assert all(length(document) <= MAX_MANAGED_POLICY_CHARACTERS for document in found)
    parts = [part for document in found for part in document["Statement"]]
    assert [part["Sid"] for part in parts] == ["A", "B", "Caa", "Cab", "Cba", "Cbb"]
    assert {(a, r) for part in parts for a in actions_of(part) for r in resources_of(part)} == {
        (a, r) for part in given for a in actions_of(part) for r in resources_of(part)
    }


def test_more_than_a_role_can_have_is_refused():
    with pytest.raises(QuotaError) as refused:
        documents([statement(f"S{number}", 90) for number in range(11)])
    assert str(refused.value) == (
        "the deploy role would need 11 managed policies, but IAM allows 10 per role: "
        "reduce the stack's decoys or regions"
    )
