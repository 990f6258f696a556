"""Amazon Athena."""

from ..grant import Grant, ResourceType, Verb
from ..planned import Planned


def _workgroup(resource: Planned) -> tuple[str, ...]:
    return (resource.arn("athena", f"workgroup/{resource.name()}"),)


def _workgroup_of(resource: Planned) -> tuple[str, ...]:
    return (resource.arn("athena", f"workgroup/{resource.name('workgroup')}"),)


TYPES = (
    ResourceType(
        "aws:athena/namedQuery:NamedQuery",
        source="internal/service/athena/named_query.go",
        on=_workgroup_of,
        grants=(
            Grant(Verb.CREATE, "athena:CreateNamedQuery"),
            Grant(Verb.READ, "athena:GetNamedQuery"),
            Grant(Verb.DELETE, "athena:DeleteNamedQuery"),
        ),
    ),
    ResourceType(
        "aws:athena/workgroup:Workgroup",
        source="internal/service/athena/workgroup.go",
        on=_workgroup,
        grants=(
            Grant(Verb.CREATE, "athena:CreateWorkGroup"),
            Grant(Verb.READ, "athena:GetWorkGroup athena:ListTagsForResource"),
            Grant(Verb.UPDATE, "athena:UpdateWorkGroup"),
            Grant(Verb.DELETE, "athena:DeleteWorkGroup"),
            Grant(Verb.TAG, "athena:TagResource athena:UntagResource"),
        ),
    ),
)
