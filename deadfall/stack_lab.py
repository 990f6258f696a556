"""Deadfall stacks in the lab: translate a stack's config into the plain data that the lab needs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from deadfall.config import StackConfig
from deadfall.lab.daemon.spec import DaemonSpec
from deadfall.lab.engine import Event
from deadfall.lab.lab import ANYTHING, Lab
from deadfall.lab.stack_spec import DocumentQuery, Engine, StackSpec
from deadfall.names import Names
from deadfall.stack_files import PROJECT, SEED, config_of, folder_of

VISITOR_PERMISSIONS = {
    "Effect": "Allow",
    "Action": ["secretsmanager:*", "s3:List*", "s3:Get*", "sts:GetCallerIdentity", "sts:GetSessionToken"],
    "Resource": "*",
}


class StackLab(Lab):
    """A lab with one stack of the unchanged Pulumi program. `config` and `names` are the same as the program's."""

    def __init__(self, lab: Lab, config: StackConfig) -> None:
        super().__init__(lab.emulator, lab.spec, lab.deployment)
        self.config = config
        self.names = Names.of(config)

    @classmethod
    @contextmanager
    def started(
        cls,
        stack: str = "dev",
        overrides: Mapping[str, Any] | None = None,
        on_event: Callable[[Event], None] = lambda event: None,
        engine: Engine = "builtin",
        deploy_permissions: Sequence[Mapping[str, Any]] = (ANYTHING,),
    ) -> Iterator["StackLab"]:
        """Start a lab without deploying the stack.

        Args:
            stack: the stack's name; its config is in Pulumi.<stack>.yaml.
            overrides: config values that override those of the stack's file.
            on_event: receives every step of the deployment.
            engine: the built-in engine, or the pulumi CLI on PATH.
            deploy_permissions: statements of the deploy role's policy.

        Raises:
            ConfigError, ProjectError: the stack's files are invalid.
            EmulatorError: the lab did not start.
        """
        config = config_of(stack, overrides)
        with Lab.start(_stack_spec(stack, config, overrides), on_event, engine, deploy_permissions) as lab:
            yield cls(lab, config)

    def incidents(self) -> list[dict[str, Any]]:
        """Return every incident document in the ledger, oldest first."""
        return oldest_first(self.documents(_incident_query(self.names)))


def daemon_spec(stack: str) -> DaemonSpec:
    """Describe a stack to the process that runs a lab in the background.

    Raises:
        ConfigError, ProjectError: the stack's files are invalid.
    """
    config = config_of(stack)
    names = Names.of(config)
    existing = config.trail.existing
    return DaemonSpec(
        stack=_stack_spec(stack, config, None),
        visitor_permissions=(VISITOR_PERMISSIONS,),
        documents=_incident_query(names),
        shown={"regions": list(config.detection_regions), "responder": names.responder},
        fixed={
            "accountId": config.account_id,
            "deployRoleArn": config.deploy_role_arn,
            "trail.existing": existing.model_dump() if existing else None,
        },
    )


def oldest_first(incidents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort incident documents by the time of their first event."""
    return sorted(incidents, key=lambda incident: incident["when"]["event"])


def _stack_spec(stack: str, config: StackConfig, overrides: Mapping[str, Any] | None) -> StackSpec:
    return StackSpec(
        project=str(PROJECT),
        stack_files=str(folder_of(stack)),
        stack=stack,
        account_id=config.account_id,
        region=config.home,
        deploy_role_arn=config.deploy_role_arn,
        config={**SEED, **(overrides or {})},
        secret_keys=tuple(SEED),
        trail_log_group=config.trail.existing.log_group_name if config.trail.existing else None,
    )


def _incident_query(names: Names) -> DocumentQuery:
    return DocumentQuery(names.ledger, "sk", "DOCUMENT", "document")
