"""Names that only the deployment knows."""

from ..planned import Planned


def own(resource: Planned, name: str) -> str:
    """Rules and alarms of a decoy are called after an id that is keyed with the stack's seed, so that nobody can tell
    from it which decoy is meant. The seed is a secret that this policy must not depend on: all names with the stack's
    prefix are one pattern."""
    prefix = f"{resource.stack.prefix}-"
    return f"{prefix}*" if name.startswith(prefix) else name
