"""The provider processes of one operation, by the URN of the provider resource that configures each."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .plugin import PluginError, ProviderPlugin
from .state import ResourceState


class Providers:
    """Starts a process per provider resource; the first one at once, to be ready by the time the program asks."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._start = lambda: ProviderPlugin(directory, environment)
        self._lock = threading.RLock()
        self._spare: ProviderPlugin | None = self._start()
        self._configured: dict[str, tuple[dict[str, Any], ProviderPlugin]] = {}
        self._from_state: dict[str, ResourceState] = {}

    def remember(self, resources: list[ResourceState]) -> None:
        """Use the providers of the last operation for what this one does not configure anew."""
        self._from_state = {r.urn: r for r in resources if r.type.startswith("pulumi:providers:")}

    def configure(self, urn: str, inputs: Mapping[str, Any]) -> None:
        """Make a provider ready to be called, unless it is already.

        Raises:
            PluginError: it refuses its inputs, or its credentials do not work.
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
        """Ask the provider of that URN.

        Raises:
            PluginError: it refuses, fails, or is not known.
        """
        with self._lock:
            if urn not in self._configured:
                if urn not in self._from_state:
                    raise PluginError(f"the provider {urn} is not known")
                self.configure(urn, self._from_state[urn].inputs)
            _, plugin = self._configured[urn]
        return plugin.call(method, request)

    def stop(self) -> None:
        if self._spare is not None:
            self._spare.stop()
        for _, plugin in self._configured.values():
            plugin.stop()
