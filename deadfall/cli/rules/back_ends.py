"""Compile a rule for every target of every back end."""

from deadfall.rules.sigma.back_end import Compiled, NotExpressibleError, targets
from deadfall.rules.sigma.rule import Rule

Outcome = Compiled | NotExpressibleError


def outcomes(rule: Rule) -> dict[str, Outcome]:
    """Return, for each target, the rule's queries or the reason why it has none."""
    return {target: _outcome(rule, target) for target in targets()}


def _outcome(rule: Rule, target: str) -> Outcome:
    try:
        return targets()[target].write(rule, target)
    except NotExpressibleError as error:
        return error
