"""Managed policies within AWS's quotas.

6,144 characters without white space each, 10 to a role unless AWS raised that on request:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import json
from collections.abc import Iterable
from typing import Any

from .error import DeployRoleError
from .statements import Statement, one_or_many, resources_of

MAX_CHARACTERS = 6144
MAX_POLICIES = 10

Document = dict[str, Any]


class QuotaError(DeployRoleError):
    """The permissions do not fit; the text is one sentence that says by how much."""


def documents(statements: Iterable[Statement]) -> list[Document]:
    """The statements in order, in as few documents as that takes.

    Raises:
        QuotaError: they are more than a role can have.
    """
    found: list[Document] = []
    for statement in statements:
        for part in _parts(statement):
            if not found or length(_document([*found[-1]["Statement"], part])) > MAX_CHARACTERS:
                found.append(_document([]))
            found[-1]["Statement"].append(part)
    if len(found) > MAX_POLICIES:
        raise QuotaError(
            f"the deploy role would need {len(found)} managed policies, and IAM attaches {MAX_POLICIES} to a role: "
            "plant fewer decoys with this stack, or deploy with fewer regions"
        )
    return found


def length(document: Document) -> int:
    """Characters as IAM counts them: those that are not white space."""
    return len("".join(json.dumps(document, ensure_ascii=False).split()))


def _parts(statement: Statement) -> list[Statement]:
    """The statement, or parts with fewer resources each if it does not fit into one document."""
    resources = resources_of(statement)
    if length(_document([statement])) <= MAX_CHARACTERS or len(resources) == 1:
        return [statement]
    middle = len(resources) // 2
    halves = (resources[:middle], resources[middle:])
    return [
        part
        for letter, half in zip("ab", halves, strict=True)
        for part in _parts({**statement, "Sid": statement["Sid"] + letter, "Resource": one_or_many(half)})
    ]


def _document(statements: list[Statement]) -> Document:
    return {"Version": "2012-10-17", "Statement": statements}
