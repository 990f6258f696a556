"""The table of CloudTrail's files that AWS's documentation creates for Athena.

Its columns are those of "Create a table for CloudTrail logs in Athena using partition projection" (Amazon Athena User
Guide). Hive's JSON reader returns NULL for absent and for null fields, so columns support `|exists` only where
CloudTrail never writes null; fields in columns of JSON text support it. Types are those of "CloudTrail record contents"
(AWS CloudTrail User Guide), except that booleans are text.

The table without partition projection has the same columns. A query builds `record` from them.

`make trino` runs the queries in Trino itself, Athena's engine; `make test` runs them, translated, in DuckDB. Not
verified on AWS: the rows that Athena's reader makes of CloudTrail's files. Unlike in an archive, lists directly within
lists are expanded only one level.
"""

import itertools
import re
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from sqlglot import exp

from deadfall.patterns.condition import Condition, split_path

from ..back_end import NotExpressibleError
from ..record_fields import NEVER_NULL
from .json_values import any_at, exists_at, value_expressions
from .query import where
from .table import Holds, ValueExpressions

# Texts with the colon after them that makes them keys, and numbers, booleans and null.
_TOKENS = r'"[^"\\]*(?:\\.[^"\\]*)*"\s*:?|[^\s"{}\[\],:]+'

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Trino 405 can't compile an array of 85 to 100 numbers (findings/trino-array-of-85-numbers-fails.sh), nor of over 254.
_FEW = 50

_Scalar = Literal["text", "boolean"]
Column = _Scalar | Literal["json"] | dict[str, "Column"] | list["Column"]

# In CloudTrail's spelling; the table's column names are lower case.
COLUMNS: Mapping[str, Column] = {
    "eventVersion": "text",
    "userIdentity": {
        "type": "text",
        "principalId": "text",
        "arn": "text",
        "accountId": "text",
        "invokedBy": "text",
        "accessKeyId": "text",
        "userName": "text",
        "onBehalfOf": {"userId": "text", "identityStoreArn": "text"},
        "sessionContext": {
            "attributes": {"mfaAuthenticated": "text", "creationDate": "text"},
            "sessionIssuer": {
                "type": "text",
                "principalId": "text",
                "arn": "text",
                "accountId": "text",
                "userName": "text",
            },
            "ec2RoleDelivery": "text",
            "webIdFederationData": {"federatedProvider": "text"},
        },
    },
    "eventTime": "text",
    "eventSource": "text",
    "eventName": "text",
    "awsRegion": "text",
    "sourceIPAddress": "text",
    "userAgent": "text",
    "errorCode": "text",
    "errorMessage": "text",
    "requestParameters": "json",
    "responseElements": "json",
    "additionalEventData": "json",
    "requestID": "text",
    "eventID": "text",
    "resources": [{"ARN": "text", "accountId": "text", "type": "text"}],
    "eventType": "text",
    "apiVersion": "text",
    "readOnly": "boolean",
    "recipientAccountId": "text",
    "serviceEventDetails": "json",
    "sharedEventID": "text",
    "vpcEndpointId": "text",
    "vpcEndpointAccountId": "text",
    "eventCategory": "text",
    "addendum": {
        "reason": "text",
        "updatedFields": "text",
        "originalRequestID": "text",
        "originalEventID": "text",
    },
    "sessionCredentialFromConsole": "text",
    "edgeDeviceDetails": "json",
    "tlsDetails": {"tlsVersion": "text", "cipherSuite": "text", "clientProvidedHostHeader": "text"},
}


class AthenaTable:
    """The documented table, under any name."""

    dialect = "athena"

    def __init__(self, name: str = "cloudtrail_logs") -> None:
        self.name = name
        self._numbers = itertools.count(1)

    def any(self, field: str, holds: Holds) -> exp.Expr:
        first, *path = split_path(field)
        if COLUMNS.get(first) == "json":
            column = exp.column(first.lower())
            return any_at(self.member(column, path[0]) if path else self._parsed(column), path[1:], holds, self)
        return self._in_columns(field, holds)

    def exists(self, field: str) -> exp.Expr:
        first, *path = split_path(field)
        if field in NEVER_NULL:
            return self._in_columns(field, lambda found: found.not_null)
        if COLUMNS.get(first) != "json" or not path:
            raise NotExpressibleError(
                f"{field}|exists: the table has NULL for both null and absent fields; negate `{field}: null` instead"
            )
        return exists_at(self.member(exp.column(first.lower()), path[0]), path[1:], self)

    def anywhere(self, field: str | None, holds: Holds) -> exp.Expr:
        if field is None:
            raise NotExpressibleError(
                "keywords: the table lacks some of CloudTrail's fields, so not all can be searched; name the fields"
            )
        if COLUMNS.get(field) != "json":
            raise NotExpressibleError(
                f"{field}: the table lacks some of its fields, so that not all can be searched; use a field in it"
            )
        # The scalars at any depth are those tokens of the JSON text that aren't keys.
        tokens = exp.RegexpExtractAll(this=exp.column(field.lower()), expression=exp.Literal.string(_TOKENS))
        is_value = exp.Not(this=exp.Like(this=exp.column("t"), expression=exp.Literal.string("%:")))
        scalars = exp.ArrayFilter(
            this=tokens, expression=exp.Lambda(this=is_value, expressions=[exp.to_identifier("t")])
        )
        return self.any_of(scalars, lambda scalar: holds(value_expressions(scalar, self)))

    def fold(self, text: exp.Expr) -> exp.Expr:
        # Not lower(), which turns the Kelvin sign into k.
        letters = [exp.Literal.string(letters) for letters in (string.ascii_uppercase, string.ascii_lowercase)]
        return exp.Anonymous(this="TRANSLATE", expressions=[text, *letters])

    def select_matches(self, conditions: Sequence[Condition]) -> exp.Select:
        numbers = [
            exp.Case().when(self._in_own_method(where(condition, self)), exp.convert(number))
            for number, condition in enumerate(conditions)
        ]
        arrays = [exp.Array(expressions=numbers[at : at + _FEW]) for at in range(0, len(numbers), _FEW)]
        found = arrays[0] if len(arrays) == 1 else exp.Anonymous(this="CONCAT", expressions=arrays)
        holding = exp.Unnest(
            expressions=[exp.ArrayFilter(this=found, expression=_not_null("n"))],
            alias=exp.TableAlias(this=exp.to_identifier("holding"), columns=[exp.to_identifier("number")]),
        )
        record = exp.Anonymous(this="JSON_FORMAT", expressions=[self._object(None, COLUMNS)])
        return exp.select("holding.number", record.as_("record")).from_(self.name).join(holding, join_type="cross")

    def value(self, field: str) -> exp.Expr:
        path = "$" + "".join(map(_step, split_path(field)))
        return exp.JSONExtractScalar(this=exp.column("record"), expression=exp.Literal.string(path), scalar_only=True)

    def milliseconds(self, time: exp.Expr) -> exp.Expr:
        seconds = exp.TimeToUnix(this=exp.Try(this=exp.FromISO8601Timestamp(this=time)))
        return exp.cast(exp.Mul(this=seconds, expression=exp.convert(1000)), "bigint")

    def distinct(self, value: exp.Expr, window: exp.Window) -> exp.Expr:
        window.set("this", exp.ArrayAgg(this=value))  # Trino has no DISTINCT in a window
        values = exp.ArrayFilter(this=window, expression=_not_null("v"))
        return exp.ArraySize(this=exp.ArrayDistinct(this=values))

    def member(self, json: exp.Expr, key: str) -> exp.Expr:
        return exp.JSONExtract(this=json, expression=exp.Literal.string("$" + _step(key)))

    def items(self, json: exp.Expr) -> exp.Expr:
        listed = exp.TryCast(this=json.copy(), to=exp.DataType.build("array<json>"))
        return exp.Coalesce(this=listed, expressions=[exp.Array(expressions=[json.copy()])])

    def any_of(self, array: exp.Expr, holds: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
        item = exp.to_identifier(f"v{next(self._numbers)}")
        return exp.ArrayAny(this=array, expression=exp.Lambda(this=holds(exp.column(item.copy())), expressions=[item]))

    def text(self, json: exp.Expr) -> exp.Expr:
        return exp.JSONExtractScalar(this=json, expression=exp.Literal.string("$"), scalar_only=True)

    def written(self, json: exp.Expr) -> exp.Expr:
        return exp.Anonymous(this="JSON_FORMAT", expressions=[json])

    def _object(self, value: exp.Expr | None, columns: Mapping[str, Column]) -> exp.Expr:
        """Return a struct (without a value: the whole row) as JSON, in CloudTrail's spelling and without NULLs."""
        names = [exp.Literal.string(name) for name in columns]
        members = [self._json(_inside(value, name), column) for name, column in columns.items()]
        everything = exp.Map(keys=exp.Array(expressions=names), values=exp.Array(expressions=members))
        return exp.cast(exp.Anonymous(this="MAP_FILTER", expressions=[everything, _not_null("k", "v")]), "json")

    def _json(self, value: exp.Expr, column: Column) -> exp.Expr:
        if isinstance(column, Mapping):
            return exp.Case().when(value.copy().is_(exp.null()).not_(), self._object(value, column))
        if isinstance(column, list):
            name = exp.to_identifier(f"v{next(self._numbers)}")
            item = exp.Lambda(this=self._json(exp.column(name.copy()), column[0]), expressions=[name])
            return exp.cast(exp.Transform(this=value, expression=item), "json")
        return exp.cast(value, "json") if column == "text" else exp.ParseJSON(this=value)

    def _in_own_method(self, condition: exp.Expr) -> exp.Expr:
        """Return an equal condition that Trino compiles to a Java method of its own, as it does every lambda.

        A Java method holds 64 KB: "Compiler failed", says Trino, when the conditions of some 60 rules are in one.
        """
        return self.any_of(exp.Array(expressions=[exp.true()]), lambda _: condition)

    def _parsed(self, column: exp.Expr) -> exp.Expr:
        return exp.JSONExtract(this=column, expression=exp.Literal.string("$"))

    def _in_columns(self, field: str, holds: Holds) -> exp.Expr:
        keys = split_path(field)

        def at(value: exp.Expr | None, column: Column, path: list[str]) -> exp.Expr:
            if isinstance(column, list) and value is not None:
                return self.any_of(value, lambda item: at(item, column[0], path))
            if not path:
                assert value is not None  # noqa: S101  a field has at least one key
                return holds(_of_column(value, column))
            if not isinstance(column, Mapping) or path[0] not in column:
                raise NotExpressibleError(f"{field}: the table has no such column; use one of its columns")
            return at(_inside(value, path[0]), column[path[0]], path[1:])

        return at(None, dict(COLUMNS), keys)


def _of_column(value: exp.Expr, column: Column) -> ValueExpressions:
    not_null = exp.Not(this=exp.Is(this=value.copy(), expression=exp.null()))
    boolean = column == "boolean"
    return ValueExpressions(
        text=value if column in ("text", "boolean") else None,
        number=None,
        true=exp.EQ(this=value.copy(), expression=exp.Literal.string("true")) if boolean else None,
        false=exp.EQ(this=value.copy(), expression=exp.Literal.string("false")) if boolean else None,
        not_null=not_null,
    )


def _inside(value: exp.Expr | None, key: str) -> exp.Expr:
    """Return a column of the table, or a field of a column."""
    name = exp.to_identifier(key.lower())
    return exp.column(name) if value is None else exp.Dot(this=value.copy(), expression=name)


def _not_null(*names: str) -> exp.Lambda:
    """Return a lambda that tests its last argument for NOT NULL."""
    return exp.Lambda(
        this=exp.column(names[-1]).is_(exp.null()).not_(), expressions=[exp.to_identifier(name) for name in names]
    )


def _step(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f'["{escaped}"]'
