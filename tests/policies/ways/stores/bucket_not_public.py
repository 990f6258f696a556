from guardrails.stores.bucket_not_public import BLOCKS
from guardrails.types import BUCKET_PUBLIC_ACCESS
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

BUCKET = "trail-archive"

WAYS = Ways(
    violations=(
        *(
            Way(
                f"{key} off",
                lambda graph, key=key: graph.having(BUCKET_PUBLIC_ACCESS, BUCKET, key, False),
                f"lets public access through; set {argument} to True",
            )
            for key, argument in BLOCKS.items()
        ),
        Way(
            "two left out",
            lambda graph: graph.lacking(BUCKET_PUBLIC_ACCESS, BUCKET, "blockPublicAcls").lacking(
                BUCKET_PUBLIC_ACCESS, BUCKET, "restrictPublicBuckets"
            ),
            "set block_public_acls, restrict_public_buckets to True",
        ),
        Way(
            "no block",
            lambda graph: graph.without(BUCKET_PUBLIC_ACCESS, BUCKET),
            "trail-archive has no public access block",
        ),
    ),
    unknown=(Way("one", lambda graph: graph.having(BUCKET_PUBLIC_ACCESS, BUCKET, "ignorePublicAcls", UNKNOWN)),),
)
