"""Split files into batches that are large enough to keep every core busy."""

from collections.abc import Iterator, Sequence

from .log_file import LogFile


def batches(files: Sequence[LogFile], most_bytes: int, most_files: int) -> Iterator[list[LogFile]]:
    """Yield the files in order, in batches. A file larger than `most_bytes` is a batch of its own."""
    batch: list[LogFile] = []
    size = 0
    for file in files:
        if batch and (size + file.size > most_bytes or len(batch) == most_files):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch
