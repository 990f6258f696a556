"""CloudTrail's log files, and how to recognise them among other files in a trail's bucket."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

ENDINGS = (".json.gz", ".json", ".jsonl.gz", ".jsonl", ".ndjson.gz", ".ndjson")
# Digests, Insights events, and AWS Config's files, which may share the bucket (docs/aws-facts.md, log-file-names).
_OTHERS = {
    "_CloudTrail-Digest_": "files of digests",
    "_CloudTrail-Insight_": "files of Insights events",
    "_Config_": "files of AWS Config",
}
# Log files may have been packed by others; they are named, not read.
_PACKED = (".zip", ".zst", ".bz2", ".xz", ".lz4", ".7z", ".tar", ".tgz", ".tar.gz", ".parquet", ".snappy")
OTHER_NAMES = "files of other types"


@dataclass(frozen=True)
class LogFile:
    """A file of an archive; `name` is its path or its key in a bucket, and `size` its stored size in bytes."""

    name: str
    size: int


@dataclass
class Listing:
    """The log files of an archive; what can't be searched, with the reason; and how many files of which other kinds
    there are."""

    files: list[LogFile] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)

    def accepts(self, name: str) -> bool:
        """Return whether a file is a log file by its name; otherwise count it."""
        other = kind_of_other(name)
        if other is None:
            return True
        if name.lower().endswith(_PACKED):
            self.skipped[name] = f"is packed as {PurePosixPath(name).suffix}, which is not read; unpack it first"
        else:
            self.others[other] += 1
        return False


def kind_of_other(name: str) -> str | None:
    """Return what a file is by its name, or None if it is a CloudTrail log file with records of calls."""
    name = PurePosixPath(name).name
    for part, kind in _OTHERS.items():
        if part in name:
            return kind
    return None if name.lower().endswith(ENDINGS) else OTHER_NAMES


def describe_others(others: Mapping[str, int]) -> str:
    return " and ".join(f"{count:,} {kind}" for kind, count in sorted(others.items()))
