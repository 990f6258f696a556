"""Deadfall's back ends for pySigma and sigma-cli: `sigma convert -t deadfall_eventbridge rule.yml`.

The build installs this file as `sigma/backends/deadfall/__init__.py` (pyproject.toml), where pySigma searches for
plugins. pySigma registers every back end class in that module's namespace.
"""

from deadfall.sigma_plugin.backends import BACKENDS

globals().update(BACKENDS)
