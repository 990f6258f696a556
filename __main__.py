"""The Pulumi program of one account: read config and detections, create the account's resources, export."""

import signal
import sys

import pulumi
import pulumi_aws as aws

from components.account import Account, AccountArgs
from components.coverage_notice import log_coverage
from deadfall.config import ConfigError, read
from deadfall.rules.catalog import detections
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.parse import RuleError

# Pulumi's language host treats this exit code as "the program has reported the error"
# (pythonProcessExitedAfterShowingUserActionableMessage). After any other it appends a line about the exit code.
ERROR_REPORTED = 32

# Pulumi interrupts the program when a resource fails: the output is the resource's error, without a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

try:
    config = read()
    watched = detections(config)
except ConfigError as error:
    for problem in error.problems:
        pulumi.log.error(str(problem))
    sys.exit(ERROR_REPORTED)
except (RuleError, NotExpressibleError) as error:
    pulumi.log.error(str(error))
    sys.exit(ERROR_REPORTED)

provider = aws.Provider(
    "account",
    region=config.home,
    allowed_account_ids=[config.account_id],
    default_tags={"tags": config.tags},
)
account = Account(
    "account", AccountArgs(config=config, detections=watched), opts=pulumi.ResourceOptions(provider=provider)
)
log_coverage(config, watched)

for name, value in account.operator.items():
    pulumi.export(name, value)
pulumi.export("decoys", account.decoys)
