"""Text from a rule's metadata for people, which authors write in any YAML shape.

pySigma does not check the elements of lists: `- After a change: expected.` is a mapping.
"""

from collections.abc import Mapping
from typing import Any

from .yaml_scalars import Unquoted

OTHER_TAGS = "other tags"

_TEXTS = ("id", "name", "title", "description", "author", "license")
_LISTS = ("falsepositives", "references", "fields", "tags")


def as_text(value: Any) -> str:
    """Return a value of any shape as the text that its author meant."""
    match value:
        case None:
            return ""
        case str():
            return value
        case Unquoted():
            return value.text
        case Mapping():
            return "; ".join(f"{as_text(key)}: {as_text(inner)}" for key, inner in value.items())
        case list() | tuple() | set():
            return "; ".join(filter(None, map(as_text, value)))
    return str(value)


def as_texts(value: Any) -> list[str]:
    """Return a list of texts; a value that isn't a list is its only element."""
    return [text for each in (value if isinstance(value, list) else [value]) if (text := as_text(each).strip())]


def with_text_metadata(document: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the document of a rule whose metadata for people is text and lists of texts.

    Tags that pySigma rejects, because they have no namespace, are moved to the key `OTHER_TAGS`.
    """
    made = {key: _metadata(key, value) for key, value in document.items()}
    if others := [tag for tag in made.get("tags", ()) if not is_tag(tag)]:
        made |= {"tags": [tag for tag in made["tags"] if is_tag(tag)], OTHER_TAGS: others}
    return made


def is_tag(text: str) -> bool:
    """Return whether a tag has Sigma's form, `namespace.name`."""
    namespace, _, name = text.partition(".")
    return bool(namespace and name)


def _metadata(key: Any, value: Any) -> Any:
    if key in _TEXTS:
        return None if value is None else as_text(value)
    return as_texts(value) if key in _LISTS else value
