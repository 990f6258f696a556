"""Read a file that DuckDB refuses, record by record: intact records are searched, the others are named.

The file is read as bytes, decompressed as often as it was compressed, and kept in memory as a whole, up to
`LARGEST_FILE`. Each record is located on its own, so that a broken one costs no other.
"""

import json
import os
import re
import stat
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from .json_text import STRING, end_of_brackets, repair, replace_surrogates

# Bytes of JSON. Each file is read into memory whole; CloudTrail's have at most tens of megabytes.
LARGEST_FILE = 256 * 1024 * 1024
TOO_LARGE = f"has more than {LARGEST_FILE >> 20} MB of JSON, so it is not a CloudTrail log file"
NO_RECORDS = "has no Records list, so it is not a CloudTrail log file"
EMPTY = "is empty"
_NO_RECORD = "is not a CloudTrail record"
TRUNCATED = "its gzip stream is damaged or truncated"

_GZIP = b"\x1f\x8b"
_MOST_LAYERS = 5
_PACKED = {b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PAR1": "Parquet"}

_SPACE = re.compile(r"[\s\x00,]*")
_COLON = re.compile(r"\s*:\s*")
# Members of which every CloudTrail record has at least one.
_OF_A_RECORD = {"eventName", "eventSource", "eventVersion", "userIdentity"}
_LISTS = {"Records", "Events"}
# CloudTrail's records begin with this.
_RECORD = '{"eventVersion"'
# Each failure to parse may look at the whole file. After these, a record with such an object in it counts as broken.
_MOST_FAILURES = 1000
_AFTER_SCALAR = re.compile(r"[,\]\n]")

# Numbers stay text: only the extent of a value matters, and Python refuses long integers.
_DECODER = json.JSONDecoder(strict=False, parse_int=len, parse_float=len, parse_constant=len)


class UnreadableFileError(Exception):
    """Nothing in the file can be searched; the message reads on from its name."""


@dataclass(frozen=True)
class Record:
    """A record as JSON text. `position` counts from 1; `repaired` says what was replaced in the text."""

    position: int
    text: str
    repaired: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """A part of the file that can't be searched; `position` is that of the record, or None for the file's rest."""

    position: int | None
    reason: str


def read_tolerantly(file: Path) -> Iterator[Record | Problem]:
    """Yield the records of a file, and a problem for each part that is not a record.

    Raises:
        UnreadableFileError: nothing in the file can be searched.
    """
    data, damage = _unpacked(_bytes(file))
    if not data.strip(b" \t\r\n\0"):
        raise UnreadableFileError(damage or EMPTY)
    encoding = json.detect_encoding(data[:4])
    if encoding.startswith(("utf-16", "utf-32")):
        data = data.decode(encoding, "replace").encode()
    yield from _Reader(data.removeprefix(b"\xef\xbb\xbf")).read()
    if damage:
        yield Problem(None, damage)


def is_gzipped(file: Path) -> bool:
    """Return whether a regular file begins as a gzip stream does."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as opened:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and opened.read(2) == _GZIP


def _bytes(file: Path) -> bytes:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)  # opening a named pipe would wait for a writer
        with os.fdopen(descriptor, "rb") as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UnreadableFileError("is not a regular file")
            data = opened.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise UnreadableFileError("was removed during the hunt") from None
    except OSError as error:
        raise UnreadableFileError(f"can't be read: {error.strerror}") from None
    if len(data) > LARGEST_FILE:
        raise UnreadableFileError(TOO_LARGE)
    return data


def _unpacked(data: bytes) -> tuple[bytes, str | None]:
    """Return the data without its layers of gzip, and what is wrong with them."""
    damage: str | None = None
    for _ in range(_MOST_LAYERS):
        if not data.startswith(_GZIP):
            break
        data, found = _decompressed(data)
        damage = damage or found
    for magic, name in _PACKED.items():
        if data.startswith(magic):
            raise UnreadableFileError(f"is packed as {name}, which is not read; unpack it first")
    if data.startswith(_GZIP):
        raise UnreadableFileError(f"is gzipped more than {_MOST_LAYERS} times")
    return data, damage


def _decompressed(data: bytes) -> tuple[bytes, str | None]:
    """Return the content of all members of a gzip stream, as far as it can be read."""
    parts: list[bytes] = []
    size = 0
    while data.startswith(_GZIP):
        member = zlib.decompressobj(31)
        try:
            parts.append(member.decompress(data, LARGEST_FILE + 1 - size))
        except zlib.error:
            return b"".join((*parts, _salvaged(data, LARGEST_FILE - size))), TRUNCATED
        size += len(parts[-1])
        if size > LARGEST_FILE:
            raise UnreadableFileError(TOO_LARGE)
        if not member.eof:
            return b"".join(parts), TRUNCATED
        data = member.unused_data.lstrip(b"\0")  # some writers pad with zeros
    return b"".join(parts), "has other bytes after its gzip stream" if data else None


def _salvaged(data: bytes, most: int) -> bytes:
    """Return what precedes the damage in a member, which `decompress` does not return if it fails."""
    member = zlib.decompressobj(31)
    parts: list[bytes] = []
    size = 0
    for start in range(0, len(data), 256):
        try:
            parts.append(member.decompress(data[start : start + 256], most - size))
        except zlib.error:
            break
        size += len(parts[-1])
        if size >= most:
            break
    return b"".join(parts)


class _Reader:
    """The values in a file's bytes. Positions in `_text` are those of the bytes, whatever their encoding."""

    def __init__(self, data: bytes) -> None:
        self._text = data.decode("latin-1")
        self._records = 0
        self._next = self._failures = 0

    def read(self) -> Iterator[Record | Problem]:
        at = self._space(0)
        while at < len(self._text):
            if self._text[at] == "[":
                at = yield from self._list(at, any_object=False)
            elif self._text[at] == "{":
                at = yield from self._object(at)
            else:
                self._records += 1
                yield Problem(self._records, "is not JSON")
                at = self._line_end(at)
            at = self._space(at)

    def _object(self, start: int) -> Generator[Record | Problem, None, int]:
        """Read an object that is a file's document, a response of LookupEvents, or a record; return where it ends."""
        names: set[str] = set()
        listed = False
        at = self._space(start + 1)
        while self._text.startswith('"', at):
            member = self._member(at)
            if member is None:
                break
            name, value = member
            names.add(name)
            if name in _LISTS and self._text.startswith("[", value) and not names & _OF_A_RECORD:
                listed = True
                end = yield from self._list(value, any_object=name == "Records")
            else:
                end = self._end(value)
            if end is None:
                break
            at = self._space(end)
        closed = self._text.startswith("}", at)
        if listed:
            if not closed and at < len(self._text):
                yield Problem(None, f"is not JSON after record {self._records}")
            return at + 1 if closed else len(self._text)
        if closed and not names & _OF_A_RECORD:
            self._records += 1
            yield Problem(self._records, NO_RECORDS)
            return at + 1
        end = at + 1 if closed else self._broken_line_end(start)
        yield self._record(start, end)
        return end

    def _member(self, at: int) -> tuple[str, int] | None:
        """Return the name of a member of an object, and where its value begins."""
        name = STRING.match(self._text, at)
        colon = _COLON.match(self._text, name.end()) if name else None
        if not name or not colon:
            return None
        try:
            return str(_DECODER.decode(name[0])), colon.end()
        except ValueError:
            return None

    def _list(self, start: int, *, any_object: bool) -> Generator[Record | Problem, None, int]:
        """Read a list of records, or of the events that LookupEvents returns; return where it ends."""
        at = self._space(start + 1)
        while at < len(self._text) and self._text[at] != "]":
            end = self._end(at) or self._broken_end(at)
            yield self._record(at, end, any_object=any_object)
            at = self._space(end)
        if at >= len(self._text):
            yield Problem(None, f"ends within its list of records, after record {self._records}")
        return at + 1

    def _record(self, start: int, end: int, *, any_object: bool = False) -> Record | Problem:
        self._records += 1
        text, repaired = repair(self._text[start:end].encode("latin-1"))
        try:
            value = _DECODER.decode(text)
            if isinstance(value, dict) and isinstance(event := value.get("CloudTrailEvent"), str):
                text, more = repair(replace_surrogates(event).strip().encode())
                repaired += more
                value = _DECODER.decode(text)
            is_record = isinstance(value, dict) and (any_object or not value.keys().isdisjoint(_OF_A_RECORD))
        except RecursionError:
            is_record = True  # DuckDB can read it
        except ValueError as error:
            return Problem(self._records, f"is not JSON: {error}")
        if not text.startswith("{"):
            return Problem(self._records, f"is not an object but {text[:40]}")
        return Record(self._records, text, repaired) if is_record else Problem(self._records, _NO_RECORD)

    def _end(self, start: int) -> int | None:
        """Return where a value ends, or None if it is not valid."""
        if self._failures == _MOST_FAILURES:
            return None
        end: int | None = None
        try:
            end = _DECODER.raw_decode(self._text, start)[1]
        except RecursionError:
            end = end_of_brackets(self._text, start, len(self._text))
        except ValueError:
            pass
        self._failures += end is None
        return end

    def _broken_end(self, start: int) -> int:
        """Return where to go on after an invalid value: after its closing bracket, or where a record begins."""
        if self._text[start] not in "{[":
            found = _AFTER_SCALAR.search(self._text, start + 1)
            return found.start() if found else len(self._text)
        if self._next <= start:
            found = self._text.find(_RECORD, start + 1)
            self._next = found if found >= 0 else len(self._text)
        return end_of_brackets(self._text, start, self._next) or self._next

    def _broken_line_end(self, start: int) -> int:
        """Return the same for a value that may be a line of its own."""
        end = self._line_end(start)
        return end if self._text.startswith("{", self._space(end)) else self._broken_end(start)

    def _space(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

    def _line_end(self, at: int) -> int:
        found = self._text.find("\n", at)
        return found if found >= 0 else len(self._text)
