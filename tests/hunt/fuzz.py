"""Generated archives of good and hostile files: hits of intact records are those of `condition.matches`, and all else
is named. `make hunt-fuzz EXAMPLES=5000`; `make test` runs a few."""

import argparse
import gzip
import json
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deadfall.hunt.database import Database
from deadfall.hunt.folder import Folder
from deadfall.hunt.span import Span
from deadfall.patterns.condition import ANY, And, Condition, Exists, Keyword, Not, Number, Or, Part, Test, Text
from deadfall.rules.sigma.rule import Rule
from tests.rules.sigma.made import rule_with
from tests.rules.sigma.sql.json_writers import WRITERS
from tests.rules.sigma.sql.test_query_is_exact import HOSTILE, trees

_EVIL = Text((Part(wildcard=ANY), Part("evil"), Part(wildcard=ANY)))
CONDITIONS: list[Condition] = [
    Or((Test("eventName", Text.literal("StopLogging")), Test("eventName", Text.literal("DeleteTrail")))),
    Test("userAgent", _EVIL),
    Test("requestParameters.names", Text.literal("target")),
    And((Test("eventSource", Text.literal("iam.amazonaws.com")), Not(Test("eventName", Text.literal("GetUser"))))),
]
# Without clues for the prefilter.
UNCLEAR: list[Condition] = [
    And((Exists("errorCode"), Not(Test("eventName", Text.literal("GetUser"))))),
    Test("requestParameters.count", Number(3, ">=")),
    Keyword(Text.literal("needle")),
]

_NAMES = [
    *("a", "?", "*", "[a]", "{a,b}", "'", '"', "\n", "-a", "é😀", "\\", "%20", "$x", "~", ";", "#", "\udcff", " ")
]
_AGENTS = ["aws-cli", "evil", "EVIL/1", "x needle y", "\ufffd", '"\\', "\u2028", "}]}", '{"eventVersion"', "[{"]
# Members that no rule asks about, as JSON.
_ODD_VALUES = [
    *("1e400", "-1e400", "-0", "-0.0", "NaN", "Infinity", "-Infinity", "9" * 5000, "1" + "0" * 400, "1e-400"),
    *('{"a":' * levels + "1" + "}" * levels for levels in (90, 150, 990, 3000)),
    *("[" * levels + "]" * levels for levels in (90, 150, 990, 3000)),
    *('"\\u0000"', '"\\/\\u00e9"', "[]", "{}", '[{"eventVersion": "1"}, {"eventVersion": "2"}]', "[[[[]]], {}]"),
]
# Text that is replaced, and what the reference reads in its place.
_REPAIRED = [(b"\\ud800", "\ufffd"), (b"\xff", "\ufffd"), (b"evil\\udfff", "evil\ufffd"), (b"\x01", "\x01")]
# What is no record, in lists and as lines.
_NO_RECORDS = [b"5", b"null", b'"text"', b'{"a": "\\x"}', b'{"a": tru}', b"{x}", b'{"a": 01}', b"xyz", b'{"a" 1}']


@dataclass
class File:
    """A generated file; `skipped` records are to be named, or with None the whole file."""

    name: str
    content: bytes
    records: list[Any] = field(default_factory=list)
    skipped: int | None = 0
    repaired: bool = False


@st.composite
def records(draw: st.DrawFn) -> tuple[dict[str, Any], bytes, bool]:
    """Draw a record, its JSON, and whether its text is repaired."""
    record: dict[str, Any] = {
        "eventVersion": "1.11",
        "eventSource": draw(st.sampled_from(["iam.amazonaws.com", "s3.amazonaws.com"])),
        "eventName": draw(st.sampled_from(["StopLogging", "DeleteTrail", "GetUser", "stoplogging", "ListBuckets"])),
        "userAgent": draw(st.sampled_from(_AGENTS) | st.text(HOSTILE, max_size=6)),
        "requestParameters": draw(
            st.one_of(
                trees,
                st.fixed_dictionaries({"names": st.sampled_from(["target", ["x", "Target"], [["target"], {}], [{}]])}),
                st.fixed_dictionaries({"count": st.sampled_from([1, 3, 3.5, "3", None, [4]])}),
            )
        ),
    }
    if draw(st.booleans()):
        record["errorCode"] = draw(st.sampled_from(["AccessDenied", None, "x"]))
    writer = draw(st.sampled_from(WRITERS))
    if draw(st.integers(0, 9)) == 0:
        written, read = draw(st.sampled_from(_REPAIRED))
        text = json.dumps(record | {"userAgent": "AGENT"}).encode()
        record["userAgent"] = read
        return record, text.replace(b'"AGENT"', b'"' + written + b'"'), True
    text = writer(record)
    if draw(st.integers(0, 3)) == 0:
        text = f'{text[:-1]},"odd": {draw(st.sampled_from(_ODD_VALUES))}}}'
    return record, text.encode(), False


@st.composite
def files(draw: st.DrawFn, number: int) -> File:
    ending = draw(st.sampled_from([".json", ".json.gz", ".jsonl", ".jsonl.gz", ".JSON"]))
    name = f"{draw(st.sampled_from(_NAMES))}{number}{ending}"
    if draw(st.integers(0, 9)) == 0:
        broken = draw(
            st.sampled_from([b"", b" \n", b"hello", b"PK\x03\x04", b'{"Records": 5}', b'{"a": 1}', b"\x1f\x8b"])
        )
        return File(name, draw(_packed(broken)), skipped=None)
    drawn = draw(st.lists(records(), min_size=1, max_size=4))
    form = draw(st.sampled_from(["document", "document", "document", "list", "lines", "LookupEvents", "documents"]))
    if form == "LookupEvents" and any(repaired for *_, repaired in drawn):
        form = "list"
    for index, (record, text, repaired) in enumerate(drawn):
        identity = f"{number}-{index}"
        record["eventID"] = identity
        drawn[index] = record, text[:-1] + f',"eventID": "{identity}"}}'.encode(), repaired
    elements = [text for _, text, _ in drawn]
    inserted = 0
    if form in ("document", "list", "lines") and draw(st.integers(0, 2)) == 0:
        for hostile in draw(st.lists(st.sampled_from(_NO_RECORDS), min_size=1, max_size=3)):
            elements.insert(draw(st.integers(0, len(elements))), hostile)
            inserted += 1
    comma, newline = draw(st.sampled_from([(b",", b"\n"), (b" ,\r\n ", b"\r\n")]))
    match form:
        case "document":
            before = draw(st.sampled_from([b'{"Records":[', b'{ "Records" : [\n', b'{"x": [{}], "Records": [']))
            content = before + comma.join(elements) + draw(st.sampled_from([b"]}", b']\n, "y": null}\n']))
        case "list":
            content = b"[" + comma.join(elements) + b"]"
        case "lines":
            content = newline.join(elements) + draw(st.sampled_from([b"", newline, newline * 2]))
        case "LookupEvents":
            content = json.dumps({"Events": [{"CloudTrailEvent": text.decode()} for text in elements]}).encode()
        case _:
            content = b"".join(b'{"Records":[' + text + b"]}" for text in elements)
    if not any(repaired for *_, repaired in drawn):
        content = draw(
            st.sampled_from([content, content, content, b"\xef\xbb\xbf" + content, content.decode().encode("utf-16")])
        )
    return File(
        name, draw(_packed(content)), [record for record, _, _ in drawn], inserted, any(each[2] for each in drawn)
    )


def _packed(content: bytes) -> st.SearchStrategy[bytes]:
    middle = len(content) // 2
    once = gzip.compress(content)
    return st.sampled_from(
        [content, once, once, gzip.compress(once), gzip.compress(content[:middle]) + gzip.compress(content[middle:])]
    )


@st.composite
def archives(draw: st.DrawFn) -> list[File]:
    return [draw(files(number)) for number in range(draw(st.integers(1, 6)))]


def check(archive: list[File], *, unclear: bool) -> int:
    """Hunt in an archive, and return the number of hits.

    Raises:
        AssertionError: the hits or the names of what was skipped are wrong.
    """
    conditions = [*CONDITIONS, *(UNCLEAR if unclear else [])]
    rules: list[Rule] = [replace(rule_with(each), name=str(number)) for number, each in enumerate(conditions)]
    with tempfile.TemporaryDirectory(prefix="deadfall-hunt-fuzz-") as place:
        folder = Path(place, "archive")
        folder.mkdir()
        for file in archive:
            (folder / file.name).write_bytes(file.content)
        listing = Folder([folder]).files(Span())
        assert len(listing.files) == len(archive)
        with Database(rules, Span(), Path(place, "spill")) as database:
            searched = database.search([Path(each.name) for each in listing.files]) + database.finish()
            found = Counter((each.rule, each.record["eventID"]) for each in database.found())
    expected = Counter(
        (rule.name, record["eventID"])
        for file in archive
        for record in file.records
        for rule in rules
        if rule.condition.matches(record)
    )
    assert found == expected
    named = {each.file.name if each.file else "": each.records for each in searched.broken}
    assert named == {file.name: file.skipped for file in archive if file.skipped != 0}
    assert {each.file.name for each in searched.repaired if each.file} == {
        file.name for file in archive if file.repaired
    }
    assert searched.records == sum(len(file.records) for file in archive)
    return found.total()


def run(examples: int) -> Counter[str]:
    """Check this many archives, and return what was in them."""
    seen: Counter[str] = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        print_blob=True,
    )
    @given(archive=archives(), unclear=st.booleans())
    def checked(archive: list[File], unclear: bool) -> None:
        seen["hits"] += check(archive, unclear=unclear)
        seen["archives"] += 1
        seen["files"] += len(archive)
        seen["records"] += sum(len(file.records) for file in archive)
        seen["skipped files"] += sum(file.skipped is None for file in archive)
        seen["skipped records"] += sum(file.skipped or 0 for file in archive)
        seen["repaired files"] += sum(file.repaired for file in archive)

    checked()
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=1000)
    began = time.monotonic()
    seen = run(parser.parse_args().examples)
    print(", ".join(f"{count:,} {what}" for what, count in seen.items()) + f", in {time.monotonic() - began:,.0f} s")


if __name__ == "__main__":
    main()
