"""SQL selects the records that the rule matches, and no others: random conditions on random records, and rules on
published records."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deadfall.patterns.condition import (
    ANY,
    MAX_EXACT,
    ONE,
    And,
    Boolean,
    Cidr,
    Condition,
    Exists,
    Keyword,
    Not,
    Null,
    Number,
    Or,
    Part,
    Regex,
    SameAs,
    Test,
    Text,
    split_path,
    values,
)
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.record_fields import NEVER_NULL
from deadfall.rules.sigma.sql.archive_table import ArchiveTable, define_functions
from deadfall.rules.sigma.sql.athena_table import AthenaTable
from deadfall.rules.sigma.sql.query import hits, query

from ..made import rule_of, rule_with
from . import trino_in_duckdb
from .json_writers import WRITERS

TESTDATA = Path(__file__).parents[4].parent / "shared" / "testdata" / "cloudtrail"

# What SQL, patterns, JSON and case folding could trip over.
HOSTILE = "abABsSkKiI019 .*?%_!\\'\"\n\x00-;/~$[]{},:#&|^()é\u0130\u0131\u017f\u212aßΣςσ😀"
KEYS = ["a", "b", "c", "0", "", "*", "a b", "a'b", 'a"b', "a\\b", "/", "~", "$", "a[0]", "é", "**", "#", "a.b", "b."]
NETWORKS = ["10.0.0.0/8", "10.32.0.0/11", "192.0.2.7/32", "2001:db8::/32", "::/0", "0.0.0.0/0", "fe80::/10"]
ADDRESSES = ["10.0.0.1", "10.33.0.1", "192.0.2.7", "2001:DB8::1", "2001:db8:0:0:0:0:0:1", "::ffff:1.2.3.4", "fe80::1%e"]
PATTERNS = ["^a", "b$", "a.b", "[^a]", "(a|b)+", "a{2}", r"\.", "^$", "^[A-Z]", "s", "a|^b$"]

SETTINGS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield define_functions(connection)


def load(database: duckdb.DuckDBPyConnection, records: list[Any]) -> None:
    written = [WRITERS[number % len(WRITERS)](record) for number, record in enumerate(records)]
    database.execute(
        "CREATE OR REPLACE TEMP TABLE records AS SELECT unnest(range(?)) AS number, unnest(?)::JSON AS record",
        [len(records), written],
    )


def archive_answers(database: duckdb.DuckDBPyConnection, condition: Condition, records: list[Any]) -> list[bool]:
    table = ArchiveTable()
    found = {row[0] for row in database.execute(query(rule_with(condition), table).sql(table.dialect)).fetchall()}
    return [number in found for number in range(len(records))]


def hit(database: duckdb.DuckDBPyConnection, conditions: list[Condition]) -> list[list[bool]]:
    """What `hits` says of the records, of all conditions in one query."""
    rules = [replace(rule_with(condition), name=str(number)) for number, condition in enumerate(conditions)]
    sql = hits(rules, ArchiveTable()).sql("duckdb")
    found = Counter(database.execute(f"SELECT rule, record FROM ({sql})").fetchall())  # noqa: S608
    rows = [row[0] for row in database.execute("SELECT record FROM records ORDER BY number").fetchall()]
    for (_, record), times in found.items():
        assert times == rows.count(record)
    return [[(rule.name, row) in found for row in rows] for rule in rules]


def texts(alphabet: str) -> st.SearchStrategy[str]:
    return st.text(alphabet, max_size=4)


@st.composite
def patterns(draw: st.DrawFn, alphabet: str) -> Text:
    parts = st.lists(
        st.builds(Part, texts(alphabet)) | st.sampled_from([Part(wildcard=ANY), Part(wildcard=ONE)]), max_size=3
    )
    return Text(tuple(draw(parts)), draw(st.booleans()))


def conditions(fields: list[str], alphabet: str, *, columns: bool) -> st.SearchStrategy[Condition]:
    field = st.sampled_from(fields)
    asked = st.one_of(
        patterns(alphabet),
        patterns(alphabet),
        st.sampled_from(ADDRESSES).map(Text.literal),
        st.builds(
            Number, st.sampled_from([0, 1, 2.5, -3, 0.1, MAX_EXACT]), st.sampled_from(["=", "<", "<=", ">", ">="])
        ),
        st.builds(Boolean, st.booleans()),
        st.builds(Cidr, st.sampled_from(NETWORKS)),
        st.builds(Regex, st.sampled_from(PATTERNS), st.booleans()),
    )
    leaves: list[st.SearchStrategy[Condition]] = [
        st.builds(Test, field, asked),
        st.builds(Test, field, asked),
        st.builds(Null, field),
        st.builds(SameAs, field, field),
    ]
    if not columns:
        leaves += [st.builds(Exists, field, st.booleans()), st.builds(Keyword, patterns(alphabet))]
    else:
        exists = [name for name in fields if name in NEVER_NULL or name.startswith("requestParameters.")]
        leaves.append(st.builds(Exists, st.sampled_from(exists), st.booleans()))
        leaves.append(st.builds(Keyword, patterns(alphabet), st.just("requestParameters")))
    return st.recursive(
        st.one_of(leaves),
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.lists(inner, max_size=4).map(lambda of: And(tuple(of))),
            st.lists(inner, max_size=4).map(lambda of: Or(tuple(of))),
        ),
        max_leaves=5,
    )


scalars = st.one_of(
    texts(HOSTILE),
    st.sampled_from([*ADDRESSES, "true", "1", "null", "[]", "{}", '["a"]']),
    st.integers(-3, 3),
    st.sampled_from([0.1, 1.0, 2.5, 1e16, 1e-7, 2**53 + 1, 10**25, -0.0]),
    st.booleans(),
    st.none(),
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)
any_record = st.dictionaries(st.sampled_from(KEYS), trees, max_size=4)
any_field = st.lists(st.sampled_from([key.replace(".", "\\.") for key in KEYS]), min_size=1, max_size=3).map(".".join)

outcomes: Counter[tuple[str, bool]] = Counter()


@SETTINGS
@given(st.data())
def test_archive_is_exact(database: duckdb.DuckDBPyConnection, data: st.DataObject) -> None:
    fields = data.draw(st.lists(any_field | st.sampled_from(["a", "b", "a.b"]), min_size=2, max_size=3))
    condition = data.draw(conditions(fields, HOSTILE, columns=False))
    records = [
        data.draw(any_record | st.dictionaries(st.sampled_from(["a", "b"]), trees, min_size=1)) for _ in range(12)
    ]
    records += [_nested(field, data.draw(trees)) for field in fields for _ in range(4)]
    records = [record for record in records if not unsettled(condition, record)]
    expected = [condition.matches(record) for record in records]
    load(database, records)
    assert archive_answers(database, condition, records) == expected
    assert hit(database, [condition]) == [expected]
    outcomes.update(("archive", answer) for answer in expected)


def unsettled(condition: Condition, record: dict[str, Any]) -> bool:
    """Whether two fields are compared of which one has an object, or a letter beyond ASCII.

    SQL compares the texts of scalars there, folded as everywhere; `SameAs.matches` also compares objects, as Python
    writes them, and letters by str.lower().
    """
    if isinstance(condition, Not):
        return unsettled(condition.of, record)
    if isinstance(condition, And | Or):
        return any(unsettled(part, record) for part in condition.of)
    return isinstance(condition, SameAs) and any(
        isinstance(value, dict) or (isinstance(value, str) and not value.isascii())
        for field in (condition.field, condition.other)
        for value in values(record, field)
    )


def test_lists_directly_in_lists(database: duckdb.DuckDBPyConnection) -> None:
    records: list[Any] = []
    for deepest in ("x", "[[", [], None, {"b": "x"}):
        value: Any = deepest
        for _ in range(8):
            value = [value]
            records += [{"a": value}, {"a": [1, value]}, {"a": [[], [2, value], [[3], value]]}]
    load(database, records)
    for field in ("a", "a.b"):
        for condition in (Test(field, Text.literal("x")), Null(field), Exists(field), Test(field, Number(3))):
            expected = [condition.matches(record) for record in records]
            assert archive_answers(database, condition, records) == expected, condition


def test_texts_anywhere_in_a_field(database: duckdb.DuckDBPyConnection) -> None:
    places: list[Any] = [
        "x",
        ["x"],
        {"b": "x"},
        [{"b": "x"}],
        [["x"]],
        {"b": [{"c": "x"}]},
        {"b": {"x": "y"}},
        None,
        [],
    ]
    records = [*({"a": place} for place in places), {"b": "x"}]
    load(database, records)
    for field in ("a", "a.b", None):
        condition = Keyword(Text.literal("x"), field)
        expected = [condition.matches(record) for record in records]
        assert archive_answers(database, condition, records) == expected, field


def test_a_dot_separates_two_keys_unless_escaped(database: duckdb.DuckDBPyConnection) -> None:
    tags = [{"a.b": "value"}, {"a": {"b": "value"}}, {"a": [{"b": "value"}], "a.b": None}, {"a\\": {"b": "value"}}]
    records = [{"requestParameters": {"tags": each}} for each in tags]
    load(database, records)
    trino_in_duckdb.load(database, records)
    for field, expected in (
        ("requestParameters.tags.a.b", [False, True, True, False]),
        ("requestParameters.tags.a\\.b", [True, False, False, False]),
    ):
        condition = Test(field, Text.literal("value"))
        assert [condition.matches(record) for record in records] == expected
        assert archive_answers(database, condition, records) == expected
        assert hit(database, [condition]) == [expected]
        sql = query(rule_with(condition), AthenaTable()).sql("athena")
        assert trino_in_duckdb.answers(database, sql, len(records)) == expected


def test_numbers_as_text(database: duckdb.DuckDBPyConnection) -> None:
    numbers = [
        1e16,
        1e15,
        1e-7,
        1e-5,
        1e-4,
        0.1,
        -0.0,
        1.0,
        2.5e300,
        5e-324,
        123456.789,
        10**25,
        -(2**63) - 1,
        2**64,
        0,
    ]
    records = [{"a": number} for number in numbers]
    load(database, records)
    for at, number in enumerate(numbers):
        condition = Test("a", Text.literal(json.dumps(number)))
        assert archive_answers(database, condition, records) == [each == at for each in range(len(records))], number


def _nested(field: str, value: Any) -> dict[str, Any]:
    for key in reversed(split_path(field)):
        value = {key: value}
    return value


PLAIN = "abAB019 .*?%_!\\'\"\n-;/$[]{}éÉİK"
COLUMN_FIELDS = [
    "eventName",
    "userAgent",
    "sourceIPAddress",
    "readOnly",
    "userIdentity",
    "userIdentity.userName",
    "userIdentity.sessionContext.sessionIssuer.userName",
    "resources.ARN",
    "requestParameters",
    "requestParameters.x",
    "requestParameters.x.y",
    "requestParameters.a b",
    "requestParameters.a\\.b",
    'requestParameters.a"b',
    "responseElements.x",
]
plain_scalars = st.one_of(
    texts(PLAIN), st.sampled_from([*ADDRESSES, "true", "1"]), st.integers(-3, 3), st.just(2.5), st.booleans(), st.none()
)
objects_or_scalars = plain_scalars | st.dictionaries(st.sampled_from("xyz"), plain_scalars, max_size=2)
parameters = st.none() | st.dictionaries(
    st.sampled_from(["x", "a b", 'a"b', "a.b"]),
    objects_or_scalars | st.lists(objects_or_scalars, max_size=3),
    max_size=3,
)
column_texts = st.none() | texts(PLAIN) | st.sampled_from(ADDRESSES)
cloudtrail_record = st.fixed_dictionaries(
    {"requestParameters": parameters},
    optional={
        "eventName": texts(PLAIN) | st.sampled_from(ADDRESSES),  # never null
        "userAgent": column_texts,
        "sourceIPAddress": column_texts,
        "readOnly": st.booleans() | st.none(),
        "resources": st.none() | st.lists(st.dictionaries(st.just("ARN"), column_texts), max_size=2),
        "responseElements": parameters,
        "userIdentity": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "userName": column_texts,
                "sessionContext": st.fixed_dictionaries(
                    {}, optional={"sessionIssuer": st.dictionaries(st.just("userName"), column_texts)}
                ),
            },
        ),
    },
)


@SETTINGS
@given(st.data())
def test_athena_is_exact(database: duckdb.DuckDBPyConnection, data: st.DataObject) -> None:
    condition = data.draw(conditions(COLUMN_FIELDS, PLAIN, columns=True))
    records = data.draw(st.lists(cloudtrail_record, min_size=12, max_size=12))
    records = [record for record in records if not unsettled(condition, record)] or [{}]
    expected = [condition.matches(record) for record in records]
    trino_in_duckdb.load(database, records)
    sql = query(rule_with(condition), AthenaTable()).sql("athena")
    assert trino_in_duckdb.answers(database, sql, len(records)) == expected
    outcomes.update(("athena", answer) for answer in expected)


def test_both_outcomes_occurred() -> None:
    if not outcomes:
        pytest.skip("counts what the tests before it saw")
    print(dict(outcomes))
    for engine in {engine for engine, _ in outcomes}:
        assert min(outcomes[engine, True], outcomes[engine, False]) > 100


RULES = {
    "stopped trail": "eventSource: cloudtrail.amazonaws.com\neventName: [StopLogging, DeleteTrail, UpdateTrail]",
    "denied": "errorCode|contains: [AccessDenied, Unauthorized]",
    "root without mfa": """\
selection:
  userIdentity.type: Root
filter:
  additionalEventData.MFAUsed: "Yes"
condition: selection and not filter""",
    "not a service": """\
selection:
  eventName|startswith: [Create, Put, Attach]
filter:
  userIdentity.invokedBy|endswith: .amazonaws.com
condition: selection and not filter""",
    "no error": "errorCode: null\nreadOnly: false",
    "open to the world": "requestParameters.ipPermissions.items.ipRanges.items.cidrIp: 0.0.0.0/0",
    "port": "requestParameters.ipPermissions.items.fromPort|lte: 22",
    "some parameters": "requestParameters.roleName|exists: true",
    "from outside": """\
selection:
  sourceIPAddress|re: '^[0-9.]+$'
filter:
  sourceIPAddress|cidr: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]
condition: selection and not filter""",
    "of oneself": "userIdentity.userName|fieldref: requestParameters.userName",
    "bucket": "resources.ARN|contains: ':s3:::'",
    "tools": "userAgent|re|i: '(boto3|aws-cli|terraform)/'",
    "keywords": """\
keywords:
- stratus
condition: keywords""",
}


def published_records() -> list[dict[str, Any]]:
    records = []
    for file in sorted(TESTDATA.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            records += [json.loads(line)["event"] for line in lines]
    return records


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="the third-party testdata is not on this machine")
def test_rules_on_published_records(database: duckdb.DuckDBPyConnection) -> None:
    records = published_records()
    load(database, records)
    trino_in_duckdb.load(database, records)
    rules = {name: rule_of(detection) for name, detection in RULES.items()}
    in_archive = hit(database, [rule.condition for rule in rules.values()])
    hits: Counter[str] = Counter()
    means: dict[str, list[bool]] = {}
    queries: dict[str, str] = {}
    refused = []
    for (name, rule), answers in zip(rules.items(), in_archive, strict=True):
        means[name] = [rule.condition.matches(record) for record in records]
        assert answers == means[name], name
        try:
            queries[name] = query(rule, AthenaTable()).sql("athena")
        except NotExpressibleError:
            refused.append(name)
        hits[name] = sum(means[name])
    in_athena = trino_in_duckdb.answers_of_each(database, list(queries.values()), len(records))
    for name, answers in zip(queries, in_athena, strict=True):
        assert answers == means[name], name
    print(f"{len(records)} records;", dict(hits), "not in Athena:", refused)
    assert refused == ["keywords"]
    assert sum(0 < count < len(records) for count in hits.values()) >= 10


def test_a_thousand_alternatives(database: duckdb.DuckDBPyConnection) -> None:
    alternatives = tuple(Test("eventName", Text((Part(f"{number}"), Part(wildcard=ANY)))) for number in range(1100))
    condition = Or(alternatives)
    trino_in_duckdb.load(database, [{"eventName": "1099x"}, {"eventName": "x"}])
    sql = query(rule_with(condition), AthenaTable()).sql("athena")
    assert trino_in_duckdb.answers(database, sql, 2) == [True, False]
