"""How hard EventBridge tries to deliver."""

import pulumi_aws as aws

# Containment an hour late still helps; what failed for longer waits in the dead-letter queue.
RETRY = aws.cloudwatch.EventTargetRetryPolicyArgs(maximum_event_age_in_seconds=3600, maximum_retry_attempts=60)
