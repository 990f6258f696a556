"""AWS KMS."""

from ..grant import Grant, ResourceType, Verb, anything
from ..planned import Planned


def any_key(resource: Planned) -> tuple[str, ...]:
    """A key's id is AWS's choice. Its alias would tell it from others, but the key lives before and after its alias."""
    return (resource.arn("kms", "key/*"),)


def _alias_and_key(resource: Planned) -> tuple[str, ...]:
    """Changing an alias needs the permission on both (KMS developer guide, "Controlling access to aliases")."""
    return (resource.arn("kms", resource.name()), *any_key(resource))


TYPES = (
    ResourceType(
        "aws:kms/key:Key",
        source="internal/service/kms/key.go",
        on=any_key,
        grants=(
            Grant(Verb.CREATE, "kms:CreateKey", on=anything),
            Grant(Verb.READ, "kms:DescribeKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListResourceTags"),
            Grant(
                Verb.UPDATE,
                "kms:EnableKeyRotation",
                when=lambda resource: bool(resource.get("enableKeyRotation")),
            ),
            Grant(Verb.UPDATE, "kms:PutKeyPolicy kms:UpdateKeyDescription"),
            Grant(Verb.DELETE, "kms:ScheduleKeyDeletion"),
            Grant(Verb.TAG, "kms:TagResource kms:UntagResource"),
        ),
    ),
    ResourceType(
        "aws:kms/alias:Alias",
        source="internal/service/kms/alias.go",
        on=_alias_and_key,
        grants=(
            Grant(Verb.CREATE, "kms:CreateAlias"),
            Grant(Verb.READ, "kms:ListAliases", on=anything),
            Grant(Verb.UPDATE, "kms:UpdateAlias"),
            Grant(Verb.DELETE, "kms:DeleteAlias"),
        ),
    ),
)
