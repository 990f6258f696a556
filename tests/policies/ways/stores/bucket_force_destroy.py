from guardrails.types import BUCKET
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=tuple(
        Way(
            f"{bucket} of {stack}",
            lambda graph, bucket=bucket: graph.having(BUCKET, bucket, "forceDestroy", True),
            "delete all objects",
            stack=stack,
        )
        for stack, bucket in (
            ("minimal", "trail-archive"),
            ("minimal", "responder-evidence"),
            ("prod", "responder-evidence"),
        )
    ),
    compliant=(
        Way("in dev", lambda graph: graph.having(BUCKET, None, "forceDestroy", True)),
        Way("left out", lambda graph: graph.lacking(BUCKET, None, "forceDestroy"), stack="minimal"),
    ),
    unknown=(Way("not known", lambda graph: graph.having(BUCKET, None, "forceDestroy", UNKNOWN), stack="minimal"),),
)
