from guardrails.types import TRAIL
from tests.policies.way import Way, Ways

ARN = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"

WAYS = Ways(
    violations=(
        Way("no key", lambda graph: graph.lacking(TRAIL, None, "kmsKeyId"), "not encrypted"),
        Way("an empty one", lambda graph: graph.having(TRAIL, None, "kmsKeyId", ""), "not encrypted"),
        Way("a key of AWS", lambda graph: graph.having(TRAIL, None, "kmsKeyId", "alias/aws/s3"), "not encrypted"),
    ),
    compliant=(Way("by its ARN", lambda graph: graph.having(TRAIL, None, "kmsKeyId", ARN)),),
    never_unknown="the ARN of a key that is still to be made is not known, and counts as given",
)
