"""Two Pulumi engines over the lab's resource provider: a small built-in one, and the real one.

The real one is the `pulumi` CLI, driven by `PulumiDeployment`.

The built-in one, `Deployment`, previews, applies, refreshes and destroys a Pulumi program without the `pulumi` CLI. It
runs the unchanged program in a process of its own, serves the protocol that Pulumi's SDK speaks, drives the lab's
resource provider (`deadfall.lab.provider`), and keeps a state file. It follows Pulumi's own engine
(`pkg/resource/deploy` of pulumi/pulumi) in what it does do: URNs, checks, diffs, replacement, aliases, protection,
order. What it does not do it refuses: imports, reads of foreign resources, functions, hooks, transforms, remote
components, default providers.
"""

from .deployment import Deployment
from .pulumi_cli import PulumiDeployment
from .result import Changes, DeploymentError, Diagnostic, Event, Resource, Result

__all__ = ["Changes", "Deployment", "DeploymentError", "Diagnostic", "Event", "PulumiDeployment", "Resource", "Result"]
