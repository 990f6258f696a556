"""Amazon DynamoDB."""

from ..grant import Grant, ResourceType, Verb
from ..planned import Planned
from .kms import any_key


def _table(resource: Planned) -> tuple[str, ...]:
    return (resource.arn("dynamodb", f"table/{resource.name()}"),)


TYPES = (
    ResourceType(
        "aws:dynamodb/table:Table",
        source="internal/service/dynamodb/table.go",
        on=_table,
        grants=(
            Grant(Verb.CREATE, "dynamodb:CreateTable"),
            Grant(
                Verb.READ,
                "dynamodb:DescribeContinuousBackups dynamodb:DescribeTable dynamodb:DescribeTimeToLive "
                "dynamodb:ListTagsOfResource",
            ),
            # The provider asks which key alias/aws/dynamodb is, so as not to take it for one of ours.
            Grant(
                Verb.READ,
                "kms:DescribeKey",
                on=any_key,
                when=lambda resource: bool(resource.get("serverSideEncryption")),
            ),
            Grant(Verb.UPDATE, "dynamodb:UpdateTable"),
            Grant(
                Verb.UPDATE,
                "dynamodb:UpdateContinuousBackups",
                when=lambda resource: bool(resource.get("pointInTimeRecovery")),
            ),
            Grant(Verb.UPDATE, "dynamodb:UpdateTimeToLive", when=lambda resource: bool(resource.get("ttl"))),
            Grant(Verb.DELETE, "dynamodb:DeleteTable"),
            Grant(Verb.TAG, "dynamodb:TagResource dynamodb:UntagResource"),
        ),
    ),
)
