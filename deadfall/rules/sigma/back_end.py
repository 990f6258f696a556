"""The interface of the Sigma compiler's back ends, and their discovery."""

import functools
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from . import back_ends
from .rule import Rule

Path = Literal["E", "L", "S"]
"""Where queries run: on the event path, on the log path, or in a search of archived records."""


class NotExpressibleError(Exception):
    """A back end can't express a rule, or only in queries that match too much beyond it.

    The message is one sentence that names the rule, the back end, the field and modifier or the limit, and the remedy.
    """


@dataclass(frozen=True)
class Compiled:
    """The queries of a rule: several if one would exceed a limit.

    They match exactly what the rule matches, or more: `widenings` then gives each reason in one sentence. Only a back
    end whose matches the responder checks may widen a rule (widening.py).
    """

    queries: tuple[Any, ...]
    widenings: tuple[str, ...] = ()


class BackEnd(Protocol):
    """A compiler from rules to queries; it rejects rules that it can't express.

    `name` is its name in `deadfall.gaps`, `query` the noun for one of its queries. `targets` maps each language
    in which it writes queries to a description of the output.
    """

    name: str
    path: Path
    query: str
    targets: Mapping[str, str]

    def compile(self, rule: Rule) -> Compiled:
        """Return the queries of a rule.

        Raises:
            NotExpressibleError: the back end can't express the rule.
        """
        ...

    def write(self, rule: Rule, target: str) -> Compiled:
        """Return the queries of a rule as texts in the language of a target.

        Raises:
            NotExpressibleError: the target can't express the rule.
        """
        ...


@functools.cache
def discover() -> tuple[BackEnd, ...]:
    """Return the back ends in back_ends/, sorted by name."""
    return tuple(importlib.import_module(f"{back_ends.__name__}.{module}").BACK_END for module in back_ends.MODULES)


@functools.cache
def targets() -> Mapping[str, BackEnd]:
    """Return the back end of each target."""
    return {target: back_end for back_end in discover() for target in back_end.targets}
