"""A build hook of hatchling: what the editable install contains beside the path of the checkout."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class EditableInstall(BuildHookInterface):
    """Install only the pySigma plugin; without this, copies of the program would be installed and grow stale."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Replace the wheel's force-include table in editable builds, the only ones that read this key."""
        plugin = {"deadfall/sigma_plugin/__init__.py": "sigma/backends/deadfall/__init__.py"}
        build_data["force_include_editable"] = plugin
