from guardrails.types import BUCKET_ENCRYPTION
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

BUCKET = "trail-archive"
DEFAULT = "rules[0].applyServerSideEncryptionByDefault"
ALGORITHM, KEY = f"{DEFAULT}.sseAlgorithm", f"{DEFAULT}.kmsMasterKeyId"
NOT = "trail-archive is not encrypted with a customer managed KMS key"

WAYS = Ways(
    violations=(
        Way("by S3", lambda graph: graph.having(BUCKET_ENCRYPTION, BUCKET, ALGORITHM, "AES256"), NOT),
        Way("no key", lambda graph: graph.lacking(BUCKET_ENCRYPTION, BUCKET, KEY), NOT),
        Way("a key of AWS", lambda graph: graph.having(BUCKET_ENCRYPTION, BUCKET, KEY, "alias/aws/s3"), NOT),
        Way("no rule", lambda graph: graph.having(BUCKET_ENCRYPTION, BUCKET, "rules", []), NOT),
        Way("no default", lambda graph: graph.lacking(BUCKET_ENCRYPTION, BUCKET, DEFAULT), NOT),
        Way("none", lambda graph: graph.without(BUCKET_ENCRYPTION, BUCKET), "trail-archive has no encryption"),
    ),
    compliant=(
        Way("in two layers", lambda graph: graph.having(BUCKET_ENCRYPTION, BUCKET, ALGORITHM, "aws:kms:dsse")),
        Way("by alias", lambda graph: graph.having(BUCKET_ENCRYPTION, BUCKET, KEY, "alias/account-audit")),
    ),
    unknown=(Way("algorithm", lambda graph: graph.having(BUCKET_ENCRYPTION, BUCKET, ALGORITHM, UNKNOWN)),),
)
