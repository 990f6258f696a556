"""Our back ends for pySigma and sigma-cli: `sigma convert -t deadfall_eventbridge rule.yml`.

The build installs this file as `sigma/backends/deadfall/__init__.py` (pyproject.toml), where pySigma looks for plugins.
pySigma registers every back end class in the namespace of that module.
"""

from deadfall.sigma_plugin.backends import BACKENDS

globals().update(BACKENDS)
