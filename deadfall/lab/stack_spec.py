"""The description of what a lab deploys, as plain data: the lab itself does not interpret Deadfall's config."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Engine = Literal["builtin", "pulumi"]


@dataclass(frozen=True)
class StackSpec:
    """One stack of a Pulumi project and the account that it is deployed into.

    Attributes:
        project: the directory of Pulumi.yaml.
        stack: the stack's name; its config is in Pulumi.<stack>.yaml.
        stack_files: the folder of that file, if it is not the project's.
        account_id: the account's 12 digits.
        region: the region of the account's users, roles and clients.
        deploy_role_arn: the role that deploys; the lab creates it.
        config: config values that override those of the stack's file, by full key.
        secret_keys: the keys of `config` that are secret.
        trail_log_group: the log group of a trail that exists before the stack, if the stack expects one.
    """

    project: str
    stack: str
    account_id: str
    region: str
    deploy_role_arn: str
    config: Mapping[str, Any]
    secret_keys: tuple[str, ...] = ()
    trail_log_group: str | None = None
    stack_files: str | None = None


@dataclass(frozen=True)
class DocumentQuery:
    """A query for JSON documents in a DynamoDB table: items whose attribute `key` equals `value`, with the document as
    text in `attribute`."""

    table: str
    key: str
    value: str
    attribute: str
