"""All texts in the properties of a resource."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi import AssetArchive, StringAsset
from pulumi_policy.proxy import UnknownValueError


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text, with its path such as `.tags.Team` or `.rules[0].id`, assets that are texts included. What is not
    known yet is left out: the provider makes it up (an id, an ARN), or it is there at the update."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, StringAsset):
        yield path, value.text
    elif isinstance(value, AssetArchive):
        yield from leaves(value.assets, path)
    elif isinstance(value, Mapping):
        for key in value:
            yield from _of(value, key, f"{path}.{key}")
    elif isinstance(value, Sequence):
        for index in range(len(value)):
            yield from _of(value, index, f"{path}[{index}]")


def _of(values: Any, key: Any, path: str) -> Iterator[tuple[str, str]]:
    try:
        value = values[key]
    except UnknownValueError:
        return
    yield from leaves(value, path)
