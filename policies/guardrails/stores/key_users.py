"""Key policies admit the services that must encrypt with the key."""

from collections.abc import Iterable

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from .. import stack_config
from ..events import arn_of, of_type
from ..guardrail import Report, each, on_stack
from ..service_access import Request, is_admitted
from ..statements import readable_statements
from ..types import KEY, METRIC_ALARM, TOPIC, TRAIL

NEEDED = ("kms:GenerateDataKey", "kms:Decrypt")


def _check(args: StackValidationArgs, report: Report) -> None:
    topics = {arn_of(topic, "sns"): topic for topic in of_type(args.resources, TOPIC)}

    def alarm(resource: PolicyResource) -> None:
        for action in map(str, resource.props.get("alarmActions") or ()):
            if action in topics:
                keys = topics[action].property_dependencies.get("kmsMasterKeyId", [])
                lets_in(keys, "cloudwatch.amazonaws.com", arn_of(resource, "cloudwatch", "alarm:"))

    def trail(resource: PolicyResource) -> None:
        keys = resource.property_dependencies.get("kmsKeyId", [])
        lets_in(keys, "cloudtrail.amazonaws.com", arn_of(resource, "cloudtrail", "trail/"))

    def lets_in(keys: Iterable[PolicyResource], service: str, source: str) -> None:
        for key in of_type(keys, KEY):
            if not _admitted(key, service, source):
                report(
                    f"The key {key.name} does not let {service} use it for {source}; allow kms:GenerateDataKey* and "
                    "kms:Decrypt in its policy.",
                    key.urn,
                )

    each(of_type(args.resources, METRIC_ALARM), alarm)
    each(of_type(args.resources, TRAIL), trail)


def _admitted(key: PolicyResource, service: str, source: str) -> bool:
    document = key.props.get("policy")
    policy = readable_statements(document)
    if document and not policy:
        return True  # what can't be read is reported by stores-key-access
    account = stack_config.account_id()
    return all(is_admitted(Request(service, action, "*", source, account), policy) for action in NEEDED)


POLICY = on_stack(
    __name__,
    description="A key that encrypts a topic of alarms, or a trail, lets CloudWatch or CloudTrail use it.",
    rationale="Otherwise alarms go off without a notification or an error (SNS developer guide, Key management).",
    severity=Severity.CRITICAL,
    remediation="Allow kms:GenerateDataKey* and kms:Decrypt to the service in the key's policy.",
    check=_check,
)
