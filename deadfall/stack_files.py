"""The stack files of this project: Pulumi.yaml and Pulumi.<stack>.yaml, read without the pulumi CLI.

A stack's file is in the current folder, or else in the program's: who installs the package has a folder of his own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deadfall.config import StackConfig, of_stack
from deadfall.lab import project
from deadfall.program_folder import program_folder

PROJECT = program_folder()
# The seed of decoy values for stacks that are not deployed to AWS, where it protects nothing and may be public.
SEED = {"deadfall:decoySeed": "the-lab-has-no-secrets-worth-keeping"}


def folder_of(stack: str) -> Path:
    """Return the folder of Pulumi.<stack>.yaml: the program's if only that has it, else the current one."""
    name = f"Pulumi.{stack}.yaml"
    return PROJECT if (PROJECT / name).exists() and not Path(name).exists() else Path.cwd()


def config_of(stack: str, overrides: Mapping[str, Any] | None = None) -> StackConfig:
    """Return the config of Pulumi.<stack>.yaml with `overrides` applied.

    The stack's own seed may be encrypted, so `SEED` replaces it.

    Raises:
        ConfigError: a key is missing, unknown or invalid.
        ProjectError: the stack does not exist, or its file is malformed.
    """
    stack_project = project.load(PROJECT, folder_of(stack))
    return of_stack(project.stack_config(stack_project, stack, {**SEED, **(overrides or {})}, SEED).values)
