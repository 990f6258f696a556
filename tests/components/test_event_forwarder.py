"""The role by which rules of other regions reach the bus at home."""

from deadfall.lab.engine import Result
from tests.components.recorded import children, inputs


def test_all_of_it(dev: Result):
    assert children(dev, "EventForwarder", "forwarder") == {"iam.Role forwarder", "iam.RolePolicy forwarder"}


def test_eventbridge_alone_takes_the_role(dev: Result):
    assert inputs(dev, "iam.Role", "forwarder") == {
        "name": "account-audit-forwarder",
        "assumeRolePolicy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        },
    }


def test_it_puts_events_on_the_bus_at_home_and_does_nothing_else(dev: Result):
    assert inputs(dev, "iam.RolePolicy", "forwarder") == {
        "name": "put-events-at-home",
        "role": "<iam.Role forwarder>",
        "policy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "events:PutEvents",
                    "Resource": "arn:aws:events:eu-west-1:111122223333:event-bus/default",
                }
            ],
        },
    }
