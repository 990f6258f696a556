"""Which KMS key encrypts something."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy.proxy import UnknownValueError


def customer_managed(props: Mapping[str, Any], key: str) -> bool:
    """Return whether a property names a customer managed KMS key; the policy of an AWS managed key cannot be changed.

    An unknown value is the output of a resource, so it names a key.
    """
    try:
        named = props.get(key)
    except UnknownValueError:
        return True
    return bool(named) and "alias/aws/" not in str(named)
