"""The provider processes of one operation, by the URN of the provider resource that configures each."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .plugin import PluginError, ProviderPlugin
from .state import ResourceState


class Providers:
    """Starts one process per provider resource; the first one immediately, so that it is ready for the first call."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._start = lambda: ProviderPlugin(directory, environment)
        self._lock = threading.RLock()
        self._spare: ProviderPlugin | None = self._start()
        self._configured: dict[str, tuple[dict[str, Any], ProviderPlugin]] = {}
        self._from_state: dict[str, ResourceState] = {}

    def remember(self, resources: list[ResourceState]) -> None:
        """Fall back to these states for providers that this operation does not configure."""
        self._from_state = {r.urn: r for r in resources if r.type.startswith("pulumi:providers:")}

    def configure(self, urn: str, inputs: Mapping[str, Any]) -> None:
        """Configure a provider, unless it already has these inputs.

        Raises:
            PluginError: the inputs are invalid, or the credentials do not work.
        """
        with self._lock:
            if urn in self._configured and self._configured[urn][0] == inputs:
                return
            plugin, self._spare = self._spare or self._start(), None
        try:
            if problems := plugin.check_config(urn, inputs):
                raise PluginError(f"{urn.rpartition('::')[2]}: {'; '.join(problems)}")
            plugin.configure(urn, inputs)
        except PluginError:
            plugin.stop()
            raise
        with self._lock:
            _, before = self._configured.get(urn, (None, None))
            self._configured[urn] = (dict(inputs), plugin)
        if before is not None:
            before.stop()

    def call(self, urn: str, method: str, request: Any) -> Any:
        """Call a method of the provider with this URN.

        Raises:
            PluginError: the provider rejects the request, fails, or is unknown.
        """
        with self._lock:
            if urn not in self._configured:
                if urn not in self._from_state:
                    raise PluginError(f"the provider {urn} is unknown")
                self.configure(urn, self._from_state[urn].inputs)
            _, plugin = self._configured[urn]
        return plugin.call(method, request)

    def stop(self) -> None:
        if self._spare is not None:
            self._spare.stop()
        for _, plugin in self._configured.values():
            plugin.stop()
