"""The stack whose values stand for the placeholders of rules."""

from deadfall.config import StackConfig, of_stack
from deadfall.lab.engine import project
from deadfall.lab.lab import PROJECT, SEED


def config_of(stack: str) -> StackConfig:
    """The config of Pulumi.<stack>.yaml. No rule shows the seed of decoys' values, so a stand-in does.

    Raises:
        ConfigError, ProjectError: the stack's config is wrong.
    """
    return of_stack(project.stack_config(project.load(PROJECT), stack, SEED, SEED).values)
