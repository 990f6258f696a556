from dataclasses import replace

from guardrails.types import BUCKET_VERSIONING
from tests.policies.graph import UNKNOWN, Registered
from tests.policies.way import Way, Ways

BUCKET, STATUS = "trail-archive", "versioningConfiguration.status"


def _named(title: str, bucket: str, told: str = "") -> Way:
    """The versioning is given a name instead of an output of the bucket."""

    def named(versioning: Registered) -> Registered:
        return replace(versioning.having("bucket", bucket), property_dependencies={})

    return Way(title, lambda graph: graph.mutated(named, BUCKET_VERSIONING, BUCKET), told)


WAYS = Ways(
    violations=(
        Way(
            "suspended",
            lambda graph: graph.having(BUCKET_VERSIONING, BUCKET, STATUS, "Suspended"),
            "trail-archive has versioning Suspended",
        ),
        Way("no status", lambda graph: graph.lacking(BUCKET_VERSIONING, BUCKET, STATUS), "has versioning None"),
        Way("none", lambda graph: graph.without(BUCKET_VERSIONING, BUCKET), "is not versioned"),
        _named("of another bucket", "somebody-elses", "trail-archive is not versioned"),
    ),
    compliant=(_named("of the bucket's name", "account-audit-trail-111122223333-eu-west-1"),),
    unknown=(Way("status", lambda graph: graph.having(BUCKET_VERSIONING, BUCKET, STATUS, UNKNOWN)),),
)
