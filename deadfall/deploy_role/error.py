"""Why there is no policy for a stack."""


class DeployRoleError(Exception):
    """The text is one sentence that says what is in the way."""
