"""AWS's limits that Deadfall relies on, in one place, each with the fact that states its source and date.

Numbers of events, patterns, messages and policies; docs/aws-facts.md says which of them can be raised.
"""

_MEBIBYTE = 1024 * 1024

# docs/aws-facts.md, eventbridge-entry-size
MAX_EVENT_BYTES = _MEBIBYTE
# docs/aws-facts.md, eventbridge-pattern-size
MAX_PATTERN_CHARACTERS = 2_048
MAX_OR_COMBINATIONS = 1_000
# docs/aws-facts.md, eventbridge-wildcard-complexity
MAX_COMPLEXITY = 10
# docs/aws-facts.md, eventbridge-wildcard-rules
MAX_RULES_WITH_WILDCARDS = 30
# docs/aws-facts.md, eventbridge-rules-per-bus
MAX_RULES = 300
MAX_RULES_IN_SMALL_REGIONS = 100
SMALL_REGIONS = frozenset({"af-south-1", "eu-south-1"})
MAX_TARGETS_PER_RULE = 5

# docs/aws-facts.md, lambda-payload
MAX_ASYNC_PAYLOAD_BYTES = _MEBIBYTE
# docs/aws-facts.md, lambda-environment
MAX_LAMBDA_ENVIRONMENT_BYTES = 4_096

# docs/aws-facts.md, metric-filter-quotas
MAX_FILTER_CHARACTERS = 1_024
MAX_REGEXES = 2
MAX_WILDCARD_SELECTORS = 3
MAX_FILTERS = 100
MAX_FILTERS_WITH_REGEX = 5
# docs/aws-facts.md, log-event-size
MAX_LOG_EVENT_BYTES = _MEBIBYTE
# docs/aws-facts.md, logs-insights-fields
MAX_INSIGHTS_QUERY_CHARACTERS = 10_000
# docs/aws-facts.md, alarm-period
MAX_ALARM_PERIOD_SECONDS = 86_400

# docs/aws-facts.md, sns-message-limits
MAX_SNS_MESSAGE_BYTES = 262_144
MAX_SNS_SUBJECT_CHARACTERS = 99

# docs/aws-facts.md, iam-policy-quotas
MAX_USER_POLICY_CHARACTERS = 2_048
MAX_ROLE_POLICY_CHARACTERS = 10_240
MAX_GROUP_POLICY_CHARACTERS = 5_120
MAX_MANAGED_POLICY_CHARACTERS = 6_144
MAX_TRUST_POLICY_CHARACTERS = 2_048
MAX_ATTACHED_POLICIES = 10
MAX_POLICY_VERSIONS = 5
# docs/aws-facts.md, access-keys-per-user
MAX_ACCESS_KEYS = 2

# docs/aws-facts.md, athena-query-limits
MAX_ATHENA_QUERY_CHARACTERS = 262_144


def max_rules(region: str) -> int:
    """Return how many rules an event bus in the region accepts."""
    return MAX_RULES_IN_SMALL_REGIONS if region in SMALL_REGIONS else MAX_RULES
