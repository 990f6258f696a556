"""Pack statements into managed policies within AWS's quotas.

A policy has at most 6,144 characters without white space, and a role at most 10 policies unless AWS raised that quota
(docs/aws-facts.md, iam-policy-quotas).
"""

import json
from collections.abc import Iterable
from typing import Any

from deadfall.patterns.aws_limits import MAX_ATTACHED_POLICIES, MAX_MANAGED_POLICY_CHARACTERS

from .error import DeployRoleError
from .statements import Statement, one_or_many, resources_of

Document = dict[str, Any]


class QuotaError(DeployRoleError):
    """The permissions exceed the quotas; the message is one sentence that states by how much."""


def documents(statements: Iterable[Statement]) -> list[Document]:
    """Pack the statements, in order, into as few documents as possible.

    Raises:
        QuotaError: they exceed what a role can have.
    """
    found: list[Document] = []
    for statement in statements:
        for part in _parts(statement):
            if not found or length(_document([*found[-1]["Statement"], part])) > MAX_MANAGED_POLICY_CHARACTERS:
                found.append(_document([]))
            found[-1]["Statement"].append(part)
    if len(found) > MAX_ATTACHED_POLICIES:
        raise QuotaError(
            f"the deploy role would need {len(found)} managed policies, but IAM allows {MAX_ATTACHED_POLICIES} per "
            "role: reduce the stack's decoys or regions"
        )
    return found


def length(document: Document) -> int:
    """Return the length as IAM counts it: characters that are not white space."""
    return len("".join(json.dumps(document, ensure_ascii=False).split()))


def _parts(statement: Statement) -> list[Statement]:
    """Split a statement that does not fit into one document into parts with fewer resources."""
    resources = resources_of(statement)
    if length(_document([statement])) <= MAX_MANAGED_POLICY_CHARACTERS or len(resources) == 1:
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
