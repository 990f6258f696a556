from guardrails.types import TOPIC
from tests.policies.way import Way, Ways

TOPIC_NAME, KEY, NOT = "alerts-eu-west-1", "kmsMasterKeyId", "is not encrypted with a customer managed KMS key"

WAYS = Ways(
    violations=(
        Way("no key", lambda graph: graph.lacking(TOPIC, TOPIC_NAME, KEY), NOT),
        Way("an empty one", lambda graph: graph.having(TOPIC, TOPIC_NAME, KEY, ""), NOT),
        Way("AWS's own", lambda graph: graph.having(TOPIC, TOPIC_NAME, KEY, "alias/aws/sns"), NOT),
        Way(
            "AWS's own, by ARN",
            lambda graph: graph.having(TOPIC, TOPIC_NAME, KEY, "arn:aws:kms:eu-west-1:111122223333:alias/aws/sns"),
            NOT,
        ),
    ),
    compliant=(Way("by alias", lambda graph: graph.having(TOPIC, TOPIC_NAME, KEY, "alias/account-audit")),),
    never_unknown="the ARN of a key that is still to be made is not known, and counts as given",
)
