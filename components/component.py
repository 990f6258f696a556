"""What all components share: their type token, and options for their children."""

from collections.abc import Sequence

import pulumi


class Component(pulumi.ComponentResource):
    """A ComponentResource with the type token `deadfall:index:<class name>`, whose children are its own."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"deadfall:index:{type(self).__name__}", name, None, opts)

    def child(
        self, *, depends_on: Sequence[pulumi.Resource] = (), protect: bool | None = None
    ) -> pulumi.ResourceOptions:
        """Options for a child; provider, tags and account come from the component's own."""
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on), protect=protect)
