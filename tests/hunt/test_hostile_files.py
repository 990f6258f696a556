"""Hostile records, files and names: none costs another's hits, and each that is skipped is named."""

import gzip
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deadfall.hunt import tolerant
from deadfall.hunt.database import Database
from deadfall.hunt.span import Span
from tests.hunt.conftest import Hunt, RuleFile
from tests.hunt.made import archive, record, secret_read, user
from tests.hunt.test_hunt import hits, stop
from tests.rules.sigma.made import rule_of

STOP = json.dumps(stop())
OTHER = json.dumps(record("ec2", "DescribeInstances", user("bob")))


def written(*records: str) -> bytes:
    return f'{{"Records": [{", ".join(records)}]}}'.encode()


def nested(opening: str, closing: str, levels: int) -> str:
    return STOP[:-1] + ', "deep": ' + opening * levels + "1" + closing * levels + "}"


WHOLE: dict[str, tuple[str, bytes]] = {
    "gzipped twice": ("a.json.gz", gzip.compress(gzip.compress(written(STOP)))),
    "several gzip members": ("a.json.gz", gzip.compress(written(STOP)[:30]) + gzip.compress(written(STOP)[30:])),
    "padded with zeros": ("a.json.gz", gzip.compress(written(STOP)) + b"\0" * 100),
    "JSON named .gz": ("a.json.gz", written(STOP)),
    "gzip named .json": ("a.json", gzip.compress(written(STOP))),
    "upper case": ("A.JSON.GZ", gzip.compress(written(STOP))),
    "a record a line": ("a.jsonl", f"{OTHER}\n{STOP}\n".encode()),
    "a record a line, gzipped": ("a.jsonl.gz", gzip.compress(f"{OTHER}\r\n{STOP}".encode())),
    "a record a line, named .json": ("a.json", f"{OTHER}\n\n{STOP}\n".encode()),
    "ndjson": ("a.ndjson", STOP.encode()),
    "one record": ("a.json", STOP.encode()),
    "a bare list": ("a.json", f"[{OTHER}, {STOP}]".encode()),
    "documents one after another": ("a.json", written(OTHER) + written(STOP)),
    "LookupEvents": (
        "a.json",
        json.dumps({"Events": [{"EventId": "1", "CloudTrailEvent": STOP}], "NextToken": "x"}).encode(),
    ),
    "a list of LookupEvents' events": ("a.json", json.dumps([{"EventId": "1", "CloudTrailEvent": STOP}]).encode()),
    "byte order mark": ("a.json", b"\xef\xbb\xbf" + written(STOP)),
    "UTF-16": ("a.json", written(STOP).decode().encode("utf-16")),
    "CRLF": ("a.json", written(STOP).replace(b", ", b",\r\n")),
    "other members": ("a.json", b'{"x": [{"Records": 1}], "Records": [' + STOP.encode() + b'], "y": {}}'),
    "large numbers": ("a.json", written(STOP[:-1] + ', "n": [1e400, -1e400, -0, 1e-400, ' + "9" * 5000 + "]}")),
    "literals that are not JSON": ("a.json", written(STOP[:-1] + ', "n": [NaN, Infinity, -Infinity]}')),
    "990 objects": ("a.json", written(nested('{"a":', "}", 990))),
    "5,000 lists": ("a.json", written(nested("[", "]", 5000))),
    "20,000 of both": ("a.json", written(nested('[{"a":', "}]", 20_000))),
    "20,000, gzipped twice": ("a.json.gz", gzip.compress(gzip.compress(written(nested('{"a":', "}", 20_000))))),
}


@pytest.mark.parametrize("case", WHOLE)
def test_other_forms_are_read(case: str, tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    name, content = WHOLE[case]
    archive(tmp_path, [stop()])
    (tmp_path / name).write_bytes(content)
    result = hunt(tmp_path, "--rule", rule_file("eventName: StopLogging"))
    assert (len(hits(result)), result.exit_code) == (2, 0), result.stderr
    assert "skipped" not in result.stderr


def test_a_hit_is_shown_in_json_that_any_reader_accepts(tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    numbers = f'"n": [1e400, NaN, {"9" * 5000}, 12345678901234567890]'
    (tmp_path / "a.json").write_bytes(written(nested("[", "]", 5000)[:-1] + f", {numbers}}}"))
    result = hunt(tmp_path, "--rule", rule_file("eventName: StopLogging"))

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    (hit,) = json.loads(result.stdout, parse_constant=refuse)["hits"]
    assert hit["record"]["n"] == ["1e400", "NaN", "9" * 5000, 12345678901234567890]
    assert "[" * 98 + '"(nested more than 100 levels deep)"' + "]" * 98 in result.stdout.replace(" ", "").replace(
        "(nestedmorethan100levelsdeep)", "(nested more than 100 levels deep)"
    )


# What is in the file before and after an intact record, and what the message says of it.
PARTS: dict[str, tuple[bytes, bytes, str]] = {
    "not objects": (b'{"Records": [5, null, ', b', "text", []]}', "4 records: record 1 is not an object but 5"),
    "a broken escape": (b'{"Records": [{"a": "\\x"}, ', b"]}", "1 record: record 1 is not JSON"),
    "wrong brackets": (b'{"Records": [{"a": [1, 2}, ', b"]}", "1 record: record 1 is not JSON"),
    "an open text": (b'{"Records": [{"a": "x}, ', b"]}", "1 record: record 1 is not JSON"),
    "too deep and wrong": (
        b'{"Records": [{"a": ' + b"[" * 3000 + b"]" * 2999 + b"}, ",
        b"]}",
        "1 record: record 1 can't be searched: ",
    ),
    "cut": (b'{"Records": [', b', {"eventVersion": "1.1', "1 record: record 2 is not JSON"),
    "no end": (b'{"Records": [', b", ", "ends within its list of records, after record 1"),
    "a broken line": (b'{"eventVersion": "1\n', b'\nxyz\n{"a": 1}', "3 records: record 1 is not JSON"),
    "an event without record": (b'[{"EventId": "x"}, ', b"]", "1 record: record 1 is not a CloudTrail record"),
}  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", PARTS)
def test_intact_records_of_a_broken_file_are_searched(
    case: str, packed: bool, tmp_path: Path, hunt: Hunt, rule_file: RuleFile
) -> None:
    before, after, message = PARTS[case]
    content = before + json.dumps(stop(), separators=(",", ":")).encode() + after
    for number in range(3):
        archive(tmp_path, [stop()], number=number)
    (tmp_path / "a.json").write_bytes(gzip.compress(content) if packed else content)
    result = hunt(tmp_path, "--rule", rule_file("eventName: StopLogging"))
    assert (len(hits(result)), result.exit_code) == (4, 2), result.stderr
    assert f"a.json: {message}" in result.stderr
    assert "4 records in 4 files, 1 of them searched only in part" in result.stderr


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-9], "its gzip stream is damaged or truncated"),
        (lambda data: data[:-900] + bytes(900), "its gzip stream is damaged or truncated"),
        (lambda data: data + b"xyz", "has other bytes after its gzip stream"),
    ],
)
def test_what_precedes_damage_in_a_gzip_stream_is_searched(
    damage: Callable[[bytes], bytes], message: str, tmp_path: Path, hunt: Hunt, rule_file: RuleFile
) -> None:
    records = [STOP, *(json.dumps(record("ec2", "Run", user(f"u{n}"), noise=os.urandom(300).hex())) for n in range(9))]
    (tmp_path / "a.json.gz").write_bytes(damage(gzip.compress(written(*records))))
    result = hunt(tmp_path, "--rule", rule_file("eventName: StopLogging"))
    assert (len(hits(result)), result.exit_code) == (1, 2), result.stderr
    assert message in result.stderr


@pytest.mark.parametrize(
    ("agent", "message"),
    [
        (rb"\ud800 x", "has a lone surrogate"),
        (rb"\udc00\ud83d", "has a lone surrogate"),
        (b"\xff\xc0\x80", "has bytes that are not UTF-8"),
        (b"a\x01\n", "has control characters in text"),
    ],
)
def test_text_that_is_not_unicode_is_replaced(
    agent: bytes, message: str, tmp_path: Path, hunt: Hunt, rule_file: RuleFile
) -> None:
    hostile = json.dumps(stop(userAgent="AGENT")).encode().replace(b"AGENT", agent)
    (tmp_path / "a.json").write_bytes(b'{"Records": [' + STOP.encode() + b", " + hostile + b"]}")
    result = hunt(tmp_path, "--rule", rule_file("eventName: StopLogging"))
    assert (len(hits(result)), result.exit_code) == (2, 0), result.stderr
    assert f"repaired: {tmp_path}/a.json: record 2 {message}" in result.stderr


def test_an_escaped_pair_and_an_escaped_backslash_stay(tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    hostile = json.dumps(stop(userAgent="AGENT")).replace("AGENT", r"\ud83d\ude00 \\ud800 \ud800")
    (tmp_path / "a.json").write_bytes(written(hostile))
    (hit,) = hits(hunt(tmp_path, "--rule", rule_file("eventName: StopLogging")))
    assert hit["user_agent"] == "😀 \\ud800 \ufffd"


NAMES = [
    *("?", "*", "[", "]", "[a]", "{a,b}", "'", '"', "\n", "-a", "--rule", "é😀", "\\", "%20", "$x", "~"),
    *("a;b", "#", "http:x", "\udcff"),
]


def test_names_are_only_names(tmp_path: Path, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        (tmp_path / f"in{name}").mkdir()
        (tmp_path / f"in{name}" / f"{name}.json.gz").write_bytes(gzip.compress(written(STOP)))
        (tmp_path / f"in{name}" / f"{name}.jsonl").write_bytes(STOP.encode())
    (tmp_path / "in?" / "\udcff broken\x1b.json").write_bytes(b"{")
    monkeypatch.chdir(tmp_path)
    result = hunt(".", "--rule", rule_file("eventName: StopLogging"))
    assert (len(hits(result)), result.exit_code) == (2 * len(NAMES), 2), result.stderr
    assert r"in?/\udcff broken\x1b.json: record 1 is not JSON" in result.stderr


def test_links_are_followed_once(tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    inside, outside = tmp_path / "archive", tmp_path / "elsewhere"
    file = archive(inside, [stop()])
    archive(outside, [stop()])
    (outside / "back").symlink_to(inside)
    (inside / "there").symlink_to(outside)
    (inside / "here").symlink_to(".")
    (inside / "same.json.gz").symlink_to(file)
    (inside / "nothing.json").symlink_to(tmp_path / "nowhere")
    result = hunt(inside, "--rule", rule_file("eventName: StopLogging"))
    assert (len(hits(result)), result.exit_code) == (2, 2)
    assert f"skipped: {inside}/nothing.json: can't be read: No such file or directory" in result.stderr


def test_what_is_not_a_file_is_named_and_not_opened(tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    archive(tmp_path, [stop()])
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "device.json").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "socket.json"))
        result = hunt(tmp_path, tmp_path / "pipe.json", "--rule", rule_file("eventName: StopLogging"))
    assert (len(hits(result)), result.exit_code) == (1, 2)
    for name, kind in (("pipe", "a named pipe"), ("device", "a device"), ("socket", "a socket")):
        assert f"{name}.json: is {kind}, not a file" in result.stderr


def test_packed_files_are_named(tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    archive(tmp_path, [stop()])
    (tmp_path / "logs.json.zst").write_bytes(b"")
    result = hunt(tmp_path, "--rule", rule_file("eventName: StopLogging"))
    assert (len(hits(result)), result.exit_code) == (1, 2)
    assert "logs.json.zst: is packed as .zst, which is not read; unpack it first" in result.stderr


def test_unreadable_files_and_folders_are_named(
    tmp_path: Path, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive(tmp_path, [stop()])
    locked = tmp_path / "locked"
    locked.mkdir()
    listed = Path.iterdir

    def iterdir(folder: Path) -> object:
        if folder == locked:
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    result = hunt(tmp_path, "--rule", rule_file("eventName: StopLogging"))
    assert (len(hits(result)), result.exit_code) == (1, 2)
    assert f"skipped: {locked}: can't be read: Permission denied" in result.stderr


def test_files_may_change_during_a_hunt(tmp_path: Path) -> None:
    files = [archive(tmp_path, [stop()], number=number) for number in range(3)]
    files[1].unlink()
    files[2].unlink()
    os.mkfifo(files[2])
    with Database([rule_of("eventName: StopLogging")], Span(), tmp_path / "spill") as database:
        searched = database.search(files) + database.finish()
        assert len(list(database.found())) == 1
    assert {(each.file, each.reason) for each in searched.broken} == {
        (files[1], "was removed during the hunt"),
        (files[2], "is not a regular file"),
    }


def test_many_broken_records_take_linear_time(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(written(*["{x}"] * 100_000, STOP))
    began = time.process_time()
    read = list(tolerant.read_tolerantly(tmp_path / "a.json"))
    assert time.process_time() - began < 4
    assert len(read) == 100_001
    assert isinstance(read[-1], tolerant.Record)


def test_a_record_that_can_not_be_evaluated_is_named(tmp_path: Path) -> None:
    """No known record fails; a function that fails for one takes its place."""
    files = [archive(tmp_path, [stop(), stop(eventName="Bad"), stop()])]
    with Database([rule_of("eventName: [StopLogging, Bad]")], Span(), tmp_path / "spill") as database:
        failing = "CASE text WHEN 'Bad' THEN error('x') ELSE lower(text) END"
        database._connection.execute(f"CREATE OR REPLACE TEMP MACRO fold(text) AS {failing}")
        searched = database.search(files) + database.finish()
        assert len(list(database.found())) == 2
    (broken,) = searched.broken
    assert broken.file is None
    assert "the record with the event ID 0f0e0d0c" in broken.reason


def test_a_deep_decoy_read_is_judged(tmp_path: Path, hunt: Hunt) -> None:
    text = json.dumps(secret_read(user("mallory"))).replace(
        '"secretId"', '"d": ' + '{"a":' * 990 + "1" + "}" * 990 + ', "secretId"'
    )
    (tmp_path / "a.json").write_bytes(written(text))
    archive(tmp_path, [secret_read(user("mallory"))])
    result = hunt(tmp_path, "--rule", "decoy_secret_read", "--would-contain")
    assert [hit["outcome"] for hit in hits(result)] == ["contained", "contained"]
