"""The role with which rules of other regions forward events to the home region's bus."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.names import Names

from .component import Component
from .policy_document import policy_document, trust


@dataclass(frozen=True)
class EventForwarderArgs:
    names: Names


class EventForwarder(Component):
    """A role that may put events on the home region's bus, and nothing else.

    EventBridge requires a role for a bus in another region (EventBridge user guide, "Sending events between regions").
    """

    role_arn: str
    ready: pulumi.Resource

    def __init__(self, name: str, args: EventForwarderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        names = args.names
        role = aws.iam.Role(
            name,
            name=names.forwarder_role,
            assume_role_policy=trust("events.amazonaws.com"),
            opts=self.child(),
        )
        self.role_arn = names.iam_arn(f"role/{names.forwarder_role}")
        self.ready = aws.iam.RolePolicy(
            name,
            name="put-events-at-home",
            role=role.id,
            policy=policy_document([{"Effect": "Allow", "Action": "events:PutEvents", "Resource": names.home_bus_arn}]),
            opts=self.child(),
        )
        self.register_outputs({"roleArn": self.role_arn})
