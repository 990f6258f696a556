"""The error of an invalid rule."""


class RuleError(Exception):
    """An invalid rule; the message is one sentence that names the rule and the remedy."""
