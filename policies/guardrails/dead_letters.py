"""The dead-letter queue of a rule's target."""

from pulumi_policy import PolicyResource, ResourceValidationArgs

from . import arns, stack_config


def queue_arn(target: PolicyResource | ResourceValidationArgs) -> str:
    """The ARN of a target's dead-letter queue; empty if it has none."""
    return str((target.props.get("deadLetterConfig") or {}).get("arn") or "")


def problem(target: PolicyResource | ResourceValidationArgs) -> str:
    """Why EventBridge can't use that queue (user guide, rule-dlq), in words after "the target"; empty if it can."""
    arn, region, account = queue_arn(target), stack_config.region_of(target), stack_config.account_id()
    if not arn:
        return "has no dead-letter queue; set dead_letter_config"
    queue = arns.parse(arn)
    if not queue or (queue.service, queue.region, queue.account) != ("sqs", region, account):
        return f"has dead letters go to {arn}; EventBridge needs a queue of {region} in account {account}"
    if queue.resource.endswith(".fifo"):
        return f"has the FIFO queue {queue.resource} for dead letters; EventBridge needs a standard queue"
    return ""
