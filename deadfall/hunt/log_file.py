"""CloudTrail's log files, and how they are told from what else stands in a trail's bucket."""

from dataclasses import dataclass
from pathlib import PurePosixPath

_ENDINGS = (".json.gz", ".json")
# CloudTrail user guide, "CloudTrail digest file structure", "CloudTrail log file examples" (Insights); AWS Config
# developer guide, "Delivering configuration items", which may share a bucket.
_OTHERS = ("_CloudTrail-Digest_", "_CloudTrail-Insight_", "_Config_")


@dataclass(frozen=True)
class LogFile:
    """A file of an archive; `name` is its path, or its key in a bucket, and `size` its bytes as they are stored."""

    name: str
    size: int


def is_log_file(name: str) -> bool:
    """Whether a file in a folder or a bucket is taken for one of CloudTrail's with records of calls."""
    name = PurePosixPath(name).name
    return name.endswith(_ENDINGS) and not any(other in name for other in _OTHERS)
