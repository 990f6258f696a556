"""Which KMS key encrypts something."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy.proxy import UnknownValueError


def customer_managed(props: Mapping[str, Any], key: str) -> bool:
    """Whether a property names a KMS key that is not one of AWS's own, whose key policy nobody can change. What isn't
    known yet is the output of a resource, so a key is named."""
    try:
        named = props.get(key)
    except UnknownValueError:
        return True
    return bool(named) and "alias/aws/" not in str(named)
