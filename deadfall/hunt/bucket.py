"""An archive in S3: the next batch is downloaded while the current one is searched."""

import itertools
import shutil
import tempfile
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .archive import Batch
from .aws_error import affects_all_calls, explain
from .batches import batches
from .error import HuntError
from .log_file import LogFile, is_log_file
from .span import Span

# Limits of one batch; two are on disk at a time. CloudTrail's files are small, so the requests take most of the time.
_BATCH_BYTES = 128 * 1024 * 1024
_BATCH_FILES = 2000
_DOWNLOADS = 16

_Downloads = dict[LogFile, tuple[Path, Future[None]]]


class Bucket:
    """The log files under `s3://bucket/prefix`; as always in S3, the prefix is not limited to whole folders."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._bucket, _, self._prefix = url.removeprefix("s3://").partition("/")
        if not self._bucket:
            raise HuntError(f"{url}: the bucket is missing; write s3://bucket/prefix")
        self._s3: Any = None

    def files(self, span: Span) -> list[LogFile]:
        """List the log files, ordered by key."""
        try:
            self._s3 = boto3.client("s3", config=Config(max_pool_connections=_DOWNLOADS))
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            found = [LogFile(each["Key"], each["Size"]) for page in pages for each in page.get("Contents", ())]
        except (ClientError, BotoCoreError) as error:
            raise HuntError(f"{self._url}: {explain(error, 's3:ListBucket')}") from None
        return [file for file in found if is_log_file(file.name) and span.may_hold(file.name)]

    def batches(self, files: Sequence[LogFile]) -> Generator[Batch, None, None]:
        with tempfile.TemporaryDirectory(prefix="deadfall-hunt-") as folder:
            pool = ThreadPoolExecutor(_DOWNLOADS)
            try:
                started = (
                    self._start(batch, Path(tempfile.mkdtemp(dir=folder)), pool)
                    for batch in batches(files, _BATCH_BYTES, _BATCH_FILES)
                )
                ahead = next(started, None)
                while ahead:
                    downloads, ahead = ahead, next(started, None)
                    yield self._finish(downloads)
                    shutil.rmtree(next(iter(downloads.values()))[0].parent)
            finally:
                pool.shutdown(cancel_futures=True)

    def _start(self, batch: Sequence[LogFile], folder: Path, pool: ThreadPoolExecutor) -> _Downloads:
        numbers = itertools.count()
        downloads: _Downloads = {}
        for file in batch:
            path = folder / f"{next(numbers)}{''.join(PurePosixPath(file.name).suffixes[-2:])}"
            downloads[file] = path, pool.submit(self._download, file.name, path)
        return downloads

    def _download(self, key: str, path: Path) -> None:
        body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"]
        with path.open("wb") as file:
            shutil.copyfileobj(body, file)

    def _finish(self, downloads: _Downloads) -> Batch:
        downloaded: dict[Path, LogFile] = {}
        missing: dict[LogFile, str] = {}
        for file, (path, download) in downloads.items():
            try:
                download.result()
                downloaded[path] = file
            except (ClientError, BotoCoreError) as error:
                if affects_all_calls(error):
                    why = explain(error, "s3:GetObject, and kms:Decrypt if the bucket has a KMS key")
                    raise HuntError(f"s3://{self._bucket}/{file.name}: {why}") from None
                missing[file] = explain(error, "s3:GetObject")
        return Batch(downloaded, missing)
