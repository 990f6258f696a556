"""The stack files of this project: Pulumi.yaml and Pulumi.<stack>.yaml, read without the pulumi CLI."""

from collections.abc import Mapping
from typing import Any

from deadfall.config import StackConfig, of_stack
from deadfall.lab import project
from deadfall.program_folder import program_folder

PROJECT = program_folder()
# The seed of decoy values wherever no stack is deployed to AWS. It protects nothing there, so it may be public.
SEED = {"deadfall:decoySeed": "the-lab-has-no-secrets-worth-keeping"}


def config_of(stack: str, overrides: Mapping[str, Any] | None = None) -> StackConfig:
    """Return the config of Pulumi.<stack>.yaml, with `overrides` over it.

    The stack's own seed may be encrypted, so `SEED` replaces it.

    Raises:
        ConfigError: a key is missing, unknown or wrong.
        ProjectError: there is no such stack, or its file is malformed.
    """
    return of_stack(project.stack_config(project.load(PROJECT), stack, {**SEED, **(overrides or {})}, SEED).values)
