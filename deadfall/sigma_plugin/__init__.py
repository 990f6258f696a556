"""Deadfall's back ends for pySigma and sigma-cli: `sigma convert -t deadfall_eventbridge rule.yml`.

This file is also installed as `sigma/backends/deadfall/__init__.py`, where pySigma searches for plugins. pySigma
registers every class in that module's namespace.
"""

from deadfall.sigma_plugin.backends import BACKENDS

globals().update(BACKENDS)
