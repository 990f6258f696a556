"""Two Pulumi engines on top of the lab's resource provider: a small built-in one, and the `pulumi` CLI.

`PulumiDeployment` drives the CLI.

`Deployment`, the built-in engine, previews, applies, refreshes and destroys a Pulumi program without the CLI. It runs
the unchanged program in a separate process, serves the protocol of Pulumi's SDK, calls the lab's resource provider
(`deadfall.lab.provider`), and writes a state file. URNs, checks, diffs, replacement, aliases, protection and order
follow Pulumi's own engine (`pkg/resource/deploy` of pulumi/pulumi). It rejects everything else: imports, reads of
external resources, functions, hooks, transforms, remote components, default providers.
"""

from .deployment import Deployment
from .pulumi_cli import PulumiDeployment
from .result import Changes, DeploymentError, Diagnostic, Event, Resource, Result

__all__ = ["Changes", "Deployment", "DeploymentError", "Diagnostic", "Event", "PulumiDeployment", "Resource", "Result"]
