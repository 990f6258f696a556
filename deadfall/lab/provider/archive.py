"""Assets and archives: their bytes, and reproducible zip files.

Names are sorted and dates constant, as in Pulumi's own engine (docs/aws-facts.md, pulumi-archive-hash), so that equal
files have equal bytes and Lambda's `CodeSha256` changes only with the code.
"""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

from .values import ARCHIVE, ASSET, signature

_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_READABLE = 0o644 << 16  # with zipfile's default 0600, Lambda's user could not read the code


class ArchiveError(Exception):
    """An asset or archive is unreadable; the text is one sentence."""


def asset_bytes(asset: dict[str, Any], directory: Path) -> bytes:
    """Return the content of a FileAsset or StringAsset; relative paths are below `directory`.

    Raises:
        ArchiveError: the file is unreadable, or the asset is of another kind.
    """
    if "text" in asset:
        return asset["text"].encode()
    if "path" in asset:
        try:
            return Path(directory, asset["path"]).read_bytes()
        except OSError as error:
            raise ArchiveError(f"the asset {asset['path']} cannot be read: {error.strerror}") from error
    raise ArchiveError("the lab does not support remote assets; use a FileAsset or StringAsset")


def read_members(archive: dict[str, Any], directory: Path) -> dict[str, bytes]:
    """Return the files of an AssetArchive or of a directory's FileArchive by POSIX path.

    Relative paths are below `directory`.

    Raises:
        ArchiveError: a file is unreadable, or the archive is of another kind.
    """
    files: dict[str, bytes] = {}
    if "assets" in archive:
        for name, entry in archive["assets"].items():
            if signature(entry) == ARCHIVE:
                files |= {f"{name}/{path}": content for path, content in read_members(entry, directory).items()}
            else:
                files[name] = asset_bytes(entry, directory)
    elif "path" in archive and Path(directory, archive["path"]).is_dir():
        root = Path(directory, archive["path"])
        files = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    else:
        raise ArchiveError(
            "the lab does not support this archive; use an AssetArchive, or a FileArchive of a directory"
        )
    if not files:
        raise ArchiveError("the archive has no files")
    return dict(sorted(files.items()))


def zip_archive(archive: dict[str, Any], directory: Path = Path()) -> bytes:
    """Return the archive as a reproducible zip file; relative paths are below `directory`.

    Raises:
        ArchiveError: see `read_members`.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in read_members(archive, directory).items():
            info = zipfile.ZipInfo(name, date_time=_DATE)
            info.create_system, info.external_attr, info.compress_type = _UNIX, _READABLE, zipfile.ZIP_DEFLATED
            file.writestr(info, content)
    return buffer.getvalue()


def add_hashes(value: Any, directory: Path) -> Any:
    """Return the value with the `hash` of its content added to every asset and archive in it.

    Relative paths are below `directory`. Engines add the hash so that diffs show changed content under the same path.

    Raises:
        ArchiveError: see `read_members`.
    """
    kind = signature(value)
    if kind in (ASSET, ARCHIVE):
        content = asset_bytes(value, directory) if kind == ASSET else zip_archive(value, directory)
        return {**value, "hash": hashlib.sha256(content).hexdigest()}
    if isinstance(value, dict):
        return {key: add_hashes(item, directory) for key, item in value.items()}
    return [add_hashes(item, directory) for item in value] if isinstance(value, list) else value
