"""Statements: as few as possible, sorted, limited."""

import random

import pytest

from deadfall.deploy_role.permission import Permission
from deadfall.deploy_role.statements import statements
from deadfall.lab.provider.grants import ANY

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:q"
OTHER_QUEUE = "arn:aws:sqs:us-east-1:111122223333:q"
ROLE = "arn:aws:iam::111122223333:role/r"
PERMISSIONS = [
    Permission("sqs:DeleteQueue", QUEUE),
    Permission("sqs:CreateQueue", QUEUE),
    Permission("sqs:CreateQueue", OTHER_QUEUE),
    Permission("sqs:DeleteQueue", OTHER_QUEUE),
    Permission("kms:CreateKey", ANY, region="us-east-1"),
    Permission("kms:CreateKey", ANY, region="eu-west-1"),
    Permission("iam:PassRole", ROLE, passed_to="lambda.amazonaws.com"),
    Permission("iam:PassRole", ROLE, passed_to="events.amazonaws.com"),
]
STATEMENTS = [
    {
        "Sid": "IamPassRole1",
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": ROLE,
        "Condition": {"StringEquals": {"iam:PassedToService": "events.amazonaws.com"}},
    },
    {
        "Sid": "IamPassRole2",
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": ROLE,
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    },
    {
        "Sid": "KmsInRegion",
        "Effect": "Allow",
        "Action": "kms:CreateKey",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}},
    },
    {
        "Sid": "SqsQueue",
        "Effect": "Allow",
        "Action": ["sqs:CreateQueue", "sqs:DeleteQueue"],
        "Resource": [QUEUE, OTHER_QUEUE],
    },
]


def test_what_takes_the_same_actions_under_the_same_condition_is_one_statement():
    assert statements(PERMISSIONS) == STATEMENTS


@pytest.mark.parametrize("seed", range(5))
def test_the_order_and_repetition_of_permissions_do_not_matter(seed: int):
    shuffled = PERMISSIONS * 2
    random.Random(seed).shuffle(shuffled)  # noqa: S311 no secret
    assert statements(shuffled) == STATEMENTS


def test_what_takes_other_actions_is_another_statement():
    more = [*PERMISSIONS, Permission("sqs:TagQueue", OTHER_QUEUE)]
    assert statements(more)[3:] == [
        {"Sid": "SqsQueue1", "Effect": "Allow", "Action": ["sqs:CreateQueue", "sqs:DeleteQueue"], "Resource": QUEUE},
        {
            "Sid": "SqsQueue2",
            "Effect": "Allow",
            "Action": ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:TagQueue"],
            "Resource": OTHER_QUEUE,
        },
    ]
