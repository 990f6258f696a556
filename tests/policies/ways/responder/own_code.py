from guardrails.types import FUNCTION
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

LAYER = "arn:aws:lambda:eu-west-1:999999999999:layer:tools:3"

WAYS = Ways(
    violations=(
        Way("a layer", lambda graph: graph.having(FUNCTION, None, "layers", [LAYER]), "has layers"),
        Way("an image", lambda graph: graph.having(FUNCTION, None, "imageUri", "x.dkr.ecr/y:1"), "has imageUri"),
        Way("a bucket", lambda graph: graph.having(FUNCTION, None, "s3Bucket", "builds"), "has s3Bucket"),
        Way(
            "a file system",
            lambda graph: graph.having(FUNCTION, None, "fileSystemConfig", {"localMountPath": "/mnt/code"}),
            "has fileSystemConfig",
        ),
        Way("none", lambda graph: graph.lacking(FUNCTION, None, "code"), "no code of this program"),
    ),
    compliant=(Way("no layer", lambda graph: graph.having(FUNCTION, None, "layers", [])),),
    unknown=(Way("layers", lambda graph: graph.having(FUNCTION, None, "layers", UNKNOWN)),),
)
