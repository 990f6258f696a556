"""The base error of policy generation."""


class DeployRoleError(Exception):
    """The policies can't be generated; the message is one sentence with the reason."""
