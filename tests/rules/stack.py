"""A small stack config for tests."""

import json

from deadfall.config import StackConfig, parse
from deadfall.stack_files import config_of

ACCOUNT = "111122223333"
DEPLOY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"


def stack(**changes: object) -> StackConfig:
    values = {
        "accountId": ACCOUNT,
        "regions": ["eu-west-1", "us-east-1"],
        "deployRoleArn": DEPLOY_ROLE,
        "alertEmails": ["soc@example.com"],
        "decoySeed": "0123456789abcdef0123456789abcdef",
        "decoys": [{"kind": "secret", "name": "a"}, {"kind": "secret", "name": "b", "region": "us-east-1"}],
        **changes,
    }
    return parse({key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()})


def shipped(name: str, **changes: object) -> StackConfig:
    """The config of Pulumi.<name>.yaml with the lab's seed, and with these keys over it."""
    told = {f"deadfall:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in changes.items()}
    return config_of(name, told)
