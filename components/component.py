"""The base class of all components: type token and options for children."""

from collections.abc import Sequence

import pulumi


class Component(pulumi.ComponentResource):
    """A ComponentResource with the type token `deadfall:index:<class name>`, whose children are its own."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"deadfall:index:{type(self).__name__}", name, None, opts)

    def child(
        self, *, depends_on: Sequence[pulumi.Resource] = (), protect: bool | None = None
    ) -> pulumi.ResourceOptions:
        """Return options for a child, which inherits the component's provider."""
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on), protect=protect)
