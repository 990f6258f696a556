import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from deadfall.lab.provider.archive import ArchiveError, add_hashes, read_members, zip_archive
from deadfall.lab.provider.values import ARCHIVE, ASSET, SIGNATURE


def text(content: str) -> dict[str, Any]:
    return {SIGNATURE: ASSET, "text": content}


def archive(**assets: Any) -> dict[str, Any]:
    return {SIGNATURE: ARCHIVE, "assets": assets}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text("A = 1\n")
    (tmp_path / "main.py").write_text("B = 2\n")
    return tmp_path


def test_members_of_every_kind(directory: Path) -> None:
    mixed = archive(
        text=text("C = 3\n"),
        file={SIGNATURE: ASSET, "path": str(directory / "main.py")},
        folder={SIGNATURE: ARCHIVE, "path": str(directory)},
    )
    assert read_members(mixed, Path()) == {
        "file": b"B = 2\n",
        "folder/main.py": b"B = 2\n",
        "folder/package/module.py": b"A = 1\n",
        "text": b"C = 3\n",
    }


def test_the_same_files_make_the_same_zip(directory: Path) -> None:
    of_files = {SIGNATURE: ARCHIVE, "path": str(directory)}
    first = zip_archive(of_files)
    os.utime(directory / "main.py", (0, 0))
    (directory / "main.py").chmod(0o600)
    assert zip_archive(of_files) == first
    with zipfile.ZipFile(io.BytesIO(first)) as file:
        assert [(i.filename, i.date_time, oct(i.external_attr >> 16)) for i in file.infolist()] == [
            ("main.py", (1980, 1, 1, 0, 0, 0), "0o644"),
            ("package/module.py", (1980, 1, 1, 0, 0, 0), "0o644"),
        ]


def test_a_hash_follows_the_content_not_the_path(directory: Path) -> None:
    of_file = {"code": archive(main={SIGNATURE: ASSET, "path": str(directory / "main.py")})}
    first = add_hashes(of_file, Path())["code"]["hash"]
    assert add_hashes({"code": archive(main=text("B = 2\n"))}, Path())["code"]["hash"] == first
    (directory / "main.py").write_text("B = 3\n")
    assert add_hashes(of_file, Path())["code"]["hash"] != first


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (archive(), "the archive has no files"),
        (archive(a={SIGNATURE: ASSET, "path": "missing.py"}), "missing.py cannot be read: No such file"),
        (
            archive(a={SIGNATURE: ASSET, "uri": "https://example.com/a"}),
            "the lab does not support remote assets; use a FileAsset or StringAsset",
        ),
        (
            {SIGNATURE: ARCHIVE, "path": "code.zip"},
            "the lab does not support this archive; use an AssetArchive, or a FileArchive of a directory",
        ),
    ],
)
def test_what_cannot_be_read_is_said(broken: dict[str, Any], message: str) -> None:
    with pytest.raises(ArchiveError, match=message):
        zip_archive(broken)


def test_relative_paths_are_below_the_program(directory: Path) -> None:
    relative = archive(file={SIGNATURE: ASSET, "path": "main.py"}, folder={SIGNATURE: ARCHIVE, "path": "package"})
    assert read_members(relative, directory) == {"file": b"B = 2\n", "folder/module.py": b"A = 1\n"}
    with pytest.raises(ArchiveError, match=r"^the asset main.py cannot be read: No such file or directory$"):
        read_members(relative, directory / "package")
