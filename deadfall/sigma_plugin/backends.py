"""A pySigma backend for each target of Deadfall's back ends."""

import warnings
from collections.abc import Callable
from typing import Any, ClassVar

from sigma.conversion.base import TextQueryBackend
from sigma.conversion.state import ConversionState
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaBackendError, SigmaError, SigmaFeatureNotSupportedByBackendError
from sigma.rule import SigmaRule

from deadfall.rules.sigma.back_end import NotExpressibleError, targets
from deadfall.rules.sigma.parse import RuleError, from_pysigma

_AnyRule = SigmaRule | SigmaCorrelationRule
_Callback = Callable[[_AnyRule, str | None, int, Any, Any], Any]


class _Backend(TextQueryBackend):
    """Compiles whole rules with Deadfall's compiler instead of pySigma's conversion of single conditions.

    A correlation becomes the queries for its single events, or a counting query, as in `deadfall rules compile`. A
    query that matches more than its rule comes with a warning.
    """

    target: ClassVar[str]

    def convert_rule(
        self, rule: SigmaRule, output_format: str | None = None, callback: _Callback | None = None
    ) -> list[Any]:
        return self._convert(rule, output_format or self.default_format, callback)

    def convert_correlation_rule(
        self,
        rule: SigmaCorrelationRule,
        output_format: str | None = None,
        method: str | None = None,
        callback: _Callback | None = None,
    ) -> list[Any]:
        return self._convert(rule, output_format or self.default_format, callback)

    def _convert(self, rule: _AnyRule, output_format: str, callback: _Callback | None) -> list[Any]:
        try:
            self.last_processing_pipeline.apply(rule)
            if not rule._output:  # only part of a correlation
                return []
            queries: list[Any] = self._compile(rule)
        except SigmaError as error:
            if not self.collect_errors:
                raise
            self.errors.append((rule, error))  # type: ignore[arg-type]  pySigma appends correlations too
            return []
        if callback:
            queries = [callback(rule, output_format, index, None, query) for index, query in enumerate(queries)]
        return [
            self.finalize_query(rule, query, index, ConversionState(), output_format)
            for index, query in enumerate(queries)
            if query is not None
        ]

    def _compile(self, rule: _AnyRule) -> list[str]:
        name = rule.source.path.stem if rule.source else rule.title
        try:
            compiled = targets()[self.target].write(from_pysigma(rule, name), self.target)
        except NotExpressibleError as error:
            raise SigmaFeatureNotSupportedByBackendError(str(error)) from None
        except RuleError as error:
            raise SigmaBackendError(str(error)) from None
        for why in compiled.widenings:
            warnings.warn(f"{name}: {why}; without Deadfall's responder, check it elsewhere", stacklevel=2)
        return list(compiled.queries)


def _backend(target: str) -> type[_Backend]:
    identifier = f"deadfall_{target.replace('-', '_')}"
    attributes = {
        "__module__": "sigma.backends.deadfall",  # `sigma list targets` takes the plugin's name from it
        "identifier": identifier,
        "target": target,
        "name": f"Deadfall: {target}",
        "formats": {"default": targets()[target].targets[target]},
        "correlation_methods": {"default": "as `deadfall rules compile` counts"},
    }
    return type(identifier, (_Backend,), attributes)


BACKENDS = {backend.__name__: backend for backend in map(_backend, targets())}
"""The classes by identifier, such as `deadfall_eventbridge`."""
