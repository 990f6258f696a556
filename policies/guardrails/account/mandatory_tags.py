"""Resources carry the tags that name their owner."""

from pulumi_policy import ResourceValidationArgs, Severity

from deadfall.config import MANDATORY_TAGS

from ..guardrail import Report, on_resource, setting
from ..provider_inputs import mapped
from ..types import PROVIDER

CONFIG = {
    "keys": {
        "type": "array",
        "items": {"type": "string"},
        "default": list(MANDATORY_TAGS),
        "description": "The keys of tags that every resource has.",
    }
}


def _check(args: ResourceValidationArgs, report: Report) -> None:
    keys = setting(args, CONFIG, "keys")
    if args.resource_type == PROVIDER:
        tags = mapped(args.props, "defaultTags").get("tags") or {}
        missing = [key for key in keys if not str(tags.get(key) or "").strip()]
        if missing:
            report(f"The provider's default tags lack {', '.join(missing)}; set them in deadfall:tags.")
    elif args.resource_type.startswith("aws:"):
        tags = args.props.get("tags") or {}
        for key in keys:
            if key in set(tags) and not str(tags[key] or "").strip():
                report(f"The resource empties the tag {key}; remove it, the provider sets it.")
    else:
        args.not_applicable("takes no tags")


POLICY = on_resource(
    __name__,
    applies_to=[],
    description=(
        "Every resource has the tag Team, or the tags listed in the setting keys, from the provider's default tags."
    ),
    rationale="Tags are the only sign of who owns a resource and must be asked before it is deleted.",
    severity=Severity.LOW,
    remediation="Set the tags in deadfall:tags of the stack's config.",
    config=CONFIG,
    check=_check,
)
