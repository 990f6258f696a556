"""An archive in S3: the next batch is downloaded while the current one is searched.

A download that breaks is repeated. A file that can't be downloaded is skipped; the hunt ends early only if AWS rejects
the credentials, or refuses all files.
"""

import itertools
import shutil
import tempfile
import time
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from .archive import Batch
from .aws_error import AWS_ERRORS, AwsError, explain, is_refusal, is_transient, rejects_credentials
from .batches import batches
from .error import HuntError
from .log_file import Listing, LogFile
from .span import Span

# Limits of one batch; two are on disk at a time. CloudTrail's files are small, so the requests take most of the time.
_BATCH_BYTES = 128 * 1024 * 1024
_BATCH_FILES = 2000
_DOWNLOADS = 16

_ATTEMPTS = 4
_FIRST_WAIT_SECONDS = 0.5
_PERMISSION = "s3:GetObject, and kms:Decrypt if the bucket has a KMS key"
# If AWS refuses the whole first batch, so many files of the others are tried before the hunt ends.
_PROBES = 100

_RETRIES: Any = {"mode": "standard", "total_max_attempts": 5}

_Downloads = dict[LogFile, tuple[Path, Future[None]]]


class Bucket:
    """The log files under `s3://bucket/prefix`; as always in S3, the prefix is not limited to whole folders."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._bucket, _, self._prefix = url.removeprefix("s3://").partition("/")
        if not self._bucket:
            raise HuntError(f"{url}: the bucket is missing; write s3://bucket/prefix")
        self._s3: Any = None

    def files(self, span: Span) -> Listing:
        """List the log files, ordered by key."""
        listing = Listing()
        try:
            self._s3 = boto3.client("s3", config=Config(max_pool_connections=_DOWNLOADS, retries=_RETRIES))
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix):
                for each in page.get("Contents", ()):
                    key = each["Key"]
                    if not key.endswith("/") and span.may_hold(key) and listing.accepts(key):
                        listing.files.append(LogFile(key, each["Size"]))
        except AWS_ERRORS as error:
            raise HuntError(f"{self._url}: {explain(error, 's3:ListBucket')}") from None
        return listing

    def batches(self, files: Sequence[LogFile]) -> Generator[Batch, None, None]:
        with tempfile.TemporaryDirectory(prefix="deadfall-hunt-") as folder:
            pool = ThreadPoolExecutor(_DOWNLOADS)
            try:
                started = (
                    self._start(batch, Path(tempfile.mkdtemp(dir=folder)), pool)
                    for batch in batches(files, _BATCH_BYTES, _BATCH_FILES)
                )
                ahead = next(started, None)
                any_downloaded = False
                done = 0
                while ahead:
                    downloads, ahead = ahead, next(started, None)
                    batch, error = self._finish(downloads)
                    done += len(downloads)
                    any_downloaded = any_downloaded or bool(batch.files)
                    if error and not any_downloaded and not (is_refusal(error) and self._allows_some(files[done:])):
                        first = next(iter(downloads))
                        raise HuntError(f"s3://{self._bucket}/{first.name}: {explain(error, _PERMISSION)}")
                    yield batch
                    if error and not is_refusal(error):
                        yield Batch({}, dict.fromkeys(files[done:], explain(error, _PERMISSION)))
                        return
                    shutil.rmtree(next(iter(downloads.values()))[0].parent)
            finally:
                pool.shutdown(cancel_futures=True)

    def _start(self, batch: Sequence[LogFile], folder: Path, pool: ThreadPoolExecutor) -> _Downloads:
        numbers = itertools.count()
        downloads: _Downloads = {}
        for file in batch:
            path = folder / f"{next(numbers)}{'.json.gz' if file.name.lower().endswith('.gz') else '.json'}"
            downloads[file] = path, pool.submit(self._download, file.name, path)
        return downloads

    def _download(self, key: str, path: Path) -> None:
        for attempt in itertools.count(1):
            try:
                body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"]
                with path.open("wb") as file:
                    shutil.copyfileobj(body, file)
                return
            except AWS_ERRORS as error:
                if attempt == _ATTEMPTS or not is_transient(error):
                    raise
                time.sleep(_FIRST_WAIT_SECONDS * 2 ** (attempt - 1))

    def _finish(self, downloads: _Downloads) -> tuple[Batch, AwsError | None]:
        """Return the batch, and the error if it seems to affect all files."""
        downloaded: dict[Path, LogFile] = {}
        missing: dict[LogFile, str] = {}
        errors: list[AwsError] = []
        for file, (path, download) in downloads.items():
            try:
                download.result()
                downloaded[path] = file
            except AWS_ERRORS as error:
                missing[file] = explain(error, _PERMISSION)
                errors.append(error)
        return Batch(downloaded, missing), _common_error(errors) if not downloaded else None

    def _allows_some(self, files: Sequence[LogFile]) -> bool:
        """Return whether AWS does not refuse all of these files, trying some that are spread over them."""
        for file in files[:: max(1, len(files) // _PROBES)]:
            try:
                self._s3.head_object(Bucket=self._bucket, Key=file.name)
            except AWS_ERRORS as error:
                if is_refusal(error):
                    continue
            return True
        return False


def _common_error(errors: Sequence[AwsError]) -> AwsError | None:
    """Return the error of downloads that all failed if it is about AWS or the connection, rather than one file."""
    if rejected := next(filter(rejects_credentials, errors), None):
        return rejected
    if all(map(is_refusal, errors)) or (len(errors) >= _DOWNLOADS and all(map(is_transient, errors))):
        return errors[0]
    return None
