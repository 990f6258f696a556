"""The resource on which AWS authorizes a call, where MiniStack uses another one or none.

The service authorization reference lists the resource type of each action and the format of its ARN. Without this
module, the lab would deny policies with AWS's ARNs, and allow some that AWS denies.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable

from ministack.services import athena

from .parameter_arn import parameter_arn
from .request_parser import ApiCall

_DEFAULT_BUS = "default"
_RULE_OPERATIONS = frozenset({"PutRule", "DescribeRule", "DeleteRule", "EnableRule", "DisableRule"})
_TARGET_OPERATIONS = frozenset({"PutTargets", "ListTargetsByRule", "RemoveTargets"})
_LOG_TAG_OPERATIONS = frozenset({"TagResource", "UntagResource", "ListTagsForResource"})
_PARAMETER_OPERATIONS = frozenset(
    {
        *("GetParameter", "GetParameterHistory", "GetParameters", "GetParametersByPath"),
        *("PutParameter", "DeleteParameter", "DeleteParameters", "LabelParameterVersion", "UnlabelParameterVersion"),
    }
)
_GLUE_DATABASE_OPERATIONS = frozenset({"CreateDatabase", "GetDatabase", "UpdateDatabase", "DeleteDatabase"})


def authorized_resource(call: ApiCall, account_id: str) -> str | None:
    """Return the ARN of the resource, or None where MiniStack's is right."""
    if call.service == "ssm":
        return _ssm(call, account_id)
    by_service = _SERVICES.get(call.service)
    resource = by_service(call) if by_service else None
    if resource is None or resource.startswith("arn:"):
        return resource
    return f"arn:aws:{call.service}:{call.region}:{account_id}:{resource}"


def _athena(call: ApiCall) -> str | None:
    """Return the workgroup, on which actions on a saved query are authorized: the query has no ARN."""
    saved = athena._named_queries.get(call.parameters.get("NamedQueryId")) or {}
    workgroup = saved.get("WorkGroup") or (call.parameters.get("Name") if call.operation == "CreateWorkGroup" else None)
    return f"workgroup/{workgroup}" if workgroup else call.parameters.get("ResourceARN")


def _cloudtrail(call: ApiCall) -> str | None:
    named = call.parameters.get("ResourceId")  # AddTags and RemoveTags
    listed = call.parameters.get("ResourceIdList") or [named]  # ListTags
    return listed[0] if len(listed) == 1 else None


def _cloudwatch(call: ApiCall) -> str | None:
    """Return all alarms for DescribeAlarms. AWS authorizes DeleteAlarms on each alarm; the lab on a single one."""
    if call.operation == "DescribeAlarms":
        return "alarm:*"
    names = call.parameters.get("AlarmNames") or []
    if call.operation == "DeleteAlarms" and len(names) == 1:
        return f"alarm:{names[0]}"
    return call.parameters.get("ResourceARN")


def _dynamodb(call: ApiCall) -> str | None:
    return call.parameters.get("ResourceArn")


def _events(call: ApiCall) -> str | None:
    """Return the rule; the ARN of a rule on the default bus does not contain the bus."""
    key = "Name" if call.operation in _RULE_OPERATIONS else "Rule" if call.operation in _TARGET_OPERATIONS else ""
    rule = call.parameters.get(key)
    if rule is None:
        return call.parameters.get("ResourceARN")
    bus = (call.parameters.get("EventBusName") or _DEFAULT_BUS).rpartition("/")[2]
    return f"rule/{rule}" if bus == _DEFAULT_BUS else f"rule/{bus}/{rule}"


def _glue(call: ApiCall) -> str | None:
    """Return the database or table. AWS also authorizes on the catalog and on a table's database."""
    parameters = call.parameters
    name = parameters.get("Name") or (parameters.get("TableInput") or parameters.get("DatabaseInput") or {}).get("Name")
    if call.operation in _GLUE_DATABASE_OPERATIONS:
        return f"database/{name}"
    table = name or parameters.get("TableName")
    return (
        f"table/{parameters['DatabaseName']}/{table}" if "DatabaseName" in parameters else parameters.get("ResourceArn")
    )


def _kms(call: ApiCall) -> str | None:
    """Return the alias. `cross_service_checks` checks its key."""
    return call.parameters.get("AliasName")


def _lambda(call: ApiCall) -> str | None:
    name = call.parameters.get("FunctionName")
    return f"function:{name}" if call.operation == "CreateFunction" and name else None


def _logs(call: ApiCall) -> str | None:
    """Return the log group with `:log-stream:`, which AWS appends except for tagging; policies match it with `:*`."""
    group = call.parameters.get("logGroupName")
    if group is None or call.operation in _LOG_TAG_OPERATIONS:
        return None
    return f"log-group:{group}:log-stream:{call.parameters.get('logStreamName', '')}"


def _sns(call: ApiCall) -> str | None:
    return call.parameters.get("ResourceArn")


def _ssm(call: ApiCall, account_id: str) -> str | None:
    """Return the parameter or path, without version and label; of several names, only the first.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-retrieval-authorization.html
    """
    if call.operation not in _PARAMETER_OPERATIONS:
        return None
    given = call.parameters
    typed = given.get("Name") or given.get("Path") or next(iter(given.get("Names") or ()), None)
    return parameter_arn(typed, call.region, account_id) if typed else None


_SERVICES: dict[str, Callable[[ApiCall], str | None]] = {
    "athena": _athena,
    "cloudtrail": _cloudtrail,
    "cloudwatch": _cloudwatch,
    "dynamodb": _dynamodb,
    "events": _events,
    "glue": _glue,
    "kms": _kms,
    "lambda": _lambda,
    "logs": _logs,
    "sns": _sns,
}
