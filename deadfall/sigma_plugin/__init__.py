"""Our back ends for pySigma and sigma-cli: `sigma convert -t deadfall_eventbridge rule.yml`.

This file is installed as `sigma/backends/deadfall/__init__.py` too, where pySigma looks for plugins. It registers every
class in the namespace of that module.
"""

from deadfall.sigma_plugin.backends import BACKENDS

globals().update(BACKENDS)
