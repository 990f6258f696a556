"""What guardrails ask of the stack's own config, which Pulumi hands to a policy pack as it does to the program."""

import json
from typing import Any

import pulumi
from pulumi.runtime import get_config_env
from pulumi_policy import PolicyResource, ResourceValidationArgs

GLOBAL_REGION = "us-east-1"  # where events of global services appear, so it always has rules


def value(key: str, default: Any) -> Any:
    """One value of the program's config, objects and lists decoded. Text that is not JSON is taken as it is."""
    text = get_config_env().get(f"{pulumi.get_project()}:{key}")
    if text is None:
        return default
    try:
        return json.loads(text) if text.startswith(("[", "{")) else text
    except (ValueError, RecursionError):
        return text


def is_production() -> bool:
    """What is not said to be dev is production."""
    return value("environment", "prod") != "dev"


def account_id() -> str:
    return str(value("accountId", ""))


def regions() -> list[str]:
    """Every region with detection, the home region first."""
    return list(dict.fromkeys([*value("regions", []), GLOBAL_REGION]))


def home() -> str:
    """The home region: what names no region of its own is there."""
    return next(iter(regions()))


def region_of(resource: PolicyResource | ResourceValidationArgs) -> str:
    """The region that a resource is in. Of AWS's resources, those without a region of their own are where the provider
    is: at home."""
    return str(resource.props.get("region") or home())
