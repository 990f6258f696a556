"""The stack's own config, which Pulumi hands to a policy pack as it does to the program."""

import json
from functools import lru_cache
from typing import Any

from pulumi.runtime import get_config_env
from pulumi_policy import PolicyResource, ResourceValidationArgs

from deadfall.config import NAMESPACE, StackConfig, parse
from deadfall.names import Names

# Guardrails check these keys themselves, and an error in one of them must not keep the other guardrails from looking.
_CHECKED = ("decoySeed", "policyExceptions", "trail")
_ANY_SEED = "0" * 32


def value(key: str, default: Any) -> Any:
    """Return one key of the program's config, unchecked: objects and lists decoded, other text as it is."""
    text = get_config_env().get(f"{NAMESPACE}:{key}")
    if text is None:
        return default
    try:
        return json.loads(text) if text.startswith(("[", "{")) else text
    except (ValueError, RecursionError):
        return text


def config() -> StackConfig:
    """Return the program's config without the keys that guardrails check themselves.

    Raises:
        ConfigError: a key is missing, unknown or wrong.
    """
    return _parsed(frozenset(get_config_env().items()))


@lru_cache(maxsize=8)
def _parsed(items: frozenset[tuple[str, str]]) -> StackConfig:
    prefix = f"{NAMESPACE}:"
    values = {key.removeprefix(prefix): value for key, value in items if key.startswith(prefix)}
    return parse({**{key: value for key, value in values.items() if key not in _CHECKED}, "decoySeed": _ANY_SEED})


def names() -> Names:
    """Return the names and ARNs of the stack's resources."""
    return Names.of(config())


def is_production() -> bool:
    return config().environment == "prod"


def account_id() -> str:
    return config().account_id


def regions() -> tuple[str, ...]:
    """Return every region with detection, the home region first."""
    return config().detection_regions


def home() -> str:
    """Return the home region."""
    return config().home


def region_of(resource: PolicyResource | ResourceValidationArgs) -> str:
    """Return the region that a resource is in: the provider's, which is home, unless it names one itself."""
    return str(resource.props.get("region") or home())
