"""The principals that a resource policy admits."""

from collections.abc import Iterator, Mapping
from typing import Any

from .arns import parse
from .statements import Statement

# These compare, and fail where the key is missing; the IfExists forms and ForAllValues don't (IAM user guide, "IAM JSON
# policy elements: Condition operators").
_BINDING = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}
_ACCOUNTS = {"aws:sourceaccount", "aws:principalaccount", "kms:calleraccount"}
_ARNS = {"aws:sourcearn", "aws:principalarn"}


def outsiders(statement: Statement, account_id: str) -> list[str]:
    """The principals that an allowing statement lets in from outside of an account: other accounts and identity
    providers, and everybody and AWS services, unless a condition binds them to the account (confused deputy)."""
    if not statement.allows:
        return []
    if not statement.principals:
        return ["whoever it does not exclude"]
    return [who for who in statement.principals if not _of_account(who, statement.condition, account_id)]


def _of_account(principal: str, condition: Mapping[str, Mapping[str, Any]], account_id: str) -> bool:
    kind, _, value = principal.partition(":")
    if principal == "*" or value == "*" or kind == "Service":
        return any(_binds(key, values, account_id) for key, values in _compared(condition))
    return kind == "AWS" and (value == account_id or _account(value) == account_id)


def _compared(condition: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, list[Any]]]:
    for operator, keys in condition.items():
        if operator.lower() in _BINDING:
            for key, values in keys.items():
                yield key.lower(), values if isinstance(values, list) else [values]


def _binds(key: str, values: list[Any], account_id: str) -> bool:
    if key in _ACCOUNTS:
        return all(value == account_id for value in values)
    return key in _ARNS and all(_account(str(value)) == account_id for value in values)


def _account(text: str) -> str:
    arn = parse(text)
    return arn.account if arn else ""
