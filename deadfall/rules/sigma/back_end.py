"""What the back ends of the Sigma compiler have in common."""


class NotExpressibleError(Exception):
    """What a rule asks for can't be said to AWS without meaning something else.

    The text is one sentence that names the rule, the back end, the field and modifier or the limit, and what to change
    in the rule.
    """
