"""The settings of a bucket, which are resources beside it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pulumi_policy import PolicyResource, StackValidationArgs

from .guardrail import Report, each
from .links import known
from .types import BUCKET

Problem = Callable[[PolicyResource, Mapping[str, Any]], str]
"""What is wrong with a setting (its properties) of a bucket, to follow the words "The bucket x"; empty if nothing."""


def every_bucket(args: StackValidationArgs, report: Report, setting: str, *, missing: str, problem: Problem) -> None:
    """Report buckets without a resource of the type `setting`, and those with one that has a problem."""
    buckets = [resource for resource in args.resources if resource.resource_type == BUCKET]
    if not buckets:
        args.not_applicable("no bucket")

    def check(bucket: PolicyResource) -> None:
        found = settings(args.resources, setting, bucket)
        if not found:
            report(f"The bucket {bucket.name} {missing}", bucket.urn)
        for each_found in found:
            if wrong := problem(bucket, each_found.props):
                report(f"The bucket {bucket.name} {wrong}", each_found.urn)

    each(buckets, check)


def settings(resources: Iterable[PolicyResource], type: str, bucket: PolicyResource) -> list[PolicyResource]:
    """The resources of a type that are for a bucket, by dependency (the name is not known before the bucket is made) or
    by the plain name."""
    return [found for found in resources if found.resource_type == type and _is_for(found, bucket)]


def _is_for(found: PolicyResource, bucket: PolicyResource) -> bool:
    if bucket.urn in [resource.urn for resource in found.property_dependencies.get("bucket", [])]:
        return True
    name = known(bucket.props, "bucket")
    return name is not None and known(found.props, "bucket") == name
