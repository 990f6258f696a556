"""CloudTrail's log files, and how to recognise them among other files in a trail's bucket."""

from dataclasses import dataclass
from pathlib import PurePosixPath

_ENDINGS = (".json.gz", ".json")
# Digests, Insights events, and AWS Config's files, which may share the bucket (docs/aws-facts.md, log-file-names).
_OTHERS = ("_CloudTrail-Digest_", "_CloudTrail-Insight_", "_Config_")


@dataclass(frozen=True)
class LogFile:
    """A file of an archive; `name` is its path or its key in a bucket, and `size` its stored size in bytes."""

    name: str
    size: int


def is_log_file(name: str) -> bool:
    """Return whether a file's name is that of a CloudTrail log file with records of calls."""
    name = PurePosixPath(name).name
    return name.endswith(_ENDINGS) and not any(other in name for other in _OTHERS)
