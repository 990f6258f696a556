"""Read YAML of limited nesting.

PyYAML recurses into nested values: the loader in C until the process crashes, the one in Python up to Python's limit.
Its parser of events does not, and stops at the limit here.
"""

from typing import Any

import yaml

DEEPEST = 100


class NestingError(yaml.YAMLError):
    """The text is nested too deeply; the message is one sentence."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is nested more than {DEEPEST} levels deep; write plain lists and objects")
        self.line = line


def load(text: str) -> Any:
    """Return the only document, or None if there is none.

    Raises:
        yaml.YAMLError, ValueError, TypeError: it isn't YAML; the latter two for invalid dates, numbers and keys.
    """
    check_nesting(text)
    return yaml.load(text, yaml.CSafeLoader)


def load_all(text: str, loader: Any = yaml.CSafeLoader) -> list[Any]:
    """Return all documents.

    Args:
        loader: a safe loader class.

    Raises:
        yaml.YAMLError, ValueError, TypeError: as `load`.
    """
    check_nesting(text)
    return list(yaml.load_all(text, loader))


def compose(text: str) -> yaml.Node | None:
    """Return the only document as nodes with their lines.

    Raises:
        yaml.YAMLError, ValueError: it isn't YAML.
    """
    check_nesting(text)
    return yaml.compose(text, yaml.SafeLoader)


def check_nesting(text: str) -> None:
    """Raise NestingError if lists and maps are nested more than `DEEPEST` levels deep.

    Raises:
        yaml.YAMLError: it isn't YAML.
    """
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                mark = event.start_mark
                raise NestingError(mark.line + 1 if mark else 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
