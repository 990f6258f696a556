"""EventBridge's retry policy for targets."""

import pulumi_aws as aws

# Containment an hour late still helps; older events go to the dead-letter queue.
RETRY = aws.cloudwatch.EventTargetRetryPolicyArgs(maximum_event_age_in_seconds=3600, maximum_retry_attempts=60)
