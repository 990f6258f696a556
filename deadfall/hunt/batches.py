"""Files in portions: enough at once to keep every core at work, and not all of them."""

from collections.abc import Iterator, Sequence

from .log_file import LogFile


def batches(files: Sequence[LogFile], most_bytes: int, most_files: int) -> Iterator[list[LogFile]]:
    """In their order. A file that is larger than `most_bytes` is a batch by itself."""
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
