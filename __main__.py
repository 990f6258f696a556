"""The Pulumi program of one account: read config, build, export."""

import pulumi
import pulumi_aws as aws

from components.account import Account, AccountArgs
from deadfall.config import ConfigError, read

try:
    config = read()
except ConfigError as error:
    raise pulumi.RunError(str(error)) from None

provider = aws.Provider(
    "account",
    region=config.home,
    allowed_account_ids=[config.account_id],
    default_tags={"tags": config.tags},
)
account = Account("account", AccountArgs(config=config), opts=pulumi.ResourceOptions(provider=provider))

for name, value in account.operator.items():
    pulumi.export(name, value)
pulumi.export("decoys", account.decoys)
