"""The Pulumi program of one account: read config and detections, build, export."""

import signal
import sys

import pulumi
import pulumi_aws as aws

from components.account import Account, AccountArgs
from components.coverage_notice import tell_coverage
from deadfall.config import ConfigError, read
from deadfall.rules.catalog import detections
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.parse import RuleError

# To Pulumi's language host: the user has been told (pythonProcessExitedAfterShowingUserActionableMessage). After any
# other code, that of a RunError among them, it adds a line that says no more than that there is an exit code.
TOLD_THE_USER = 32

# Pulumi interrupts the program when a resource fails: what is said then is why it failed, not a traceback of the end.
signal.signal(signal.SIGINT, signal.SIG_DFL)

try:
    config = read()
    watched = detections(config)
except (ConfigError, RuleError, NotExpressibleError) as error:
    pulumi.log.error(str(error))
    sys.exit(TOLD_THE_USER)

provider = aws.Provider(
    "account",
    region=config.home,
    allowed_account_ids=[config.account_id],
    default_tags={"tags": config.tags},
)
account = Account(
    "account", AccountArgs(config=config, detections=watched), opts=pulumi.ResourceOptions(provider=provider)
)
tell_coverage(config, watched)

for name, value in account.operator.items():
    pulumi.export(name, value)
pulumi.export("decoys", account.decoys)
