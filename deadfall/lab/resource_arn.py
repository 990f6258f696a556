"""On which resource AWS authorizes a call, where MiniStack names another one or none.

The service authorization reference says which kind of resource an action takes, and how its ARN is spelled. Without
this, a policy that names resources as AWS spells them would be denied in the lab, and one that does not would pass.
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
    """The ARN, or None where MiniStack's is right."""
    if call.service == "ssm":
        return _ssm(call, account_id)
    by_service = _SERVICES.get(call.service)
    resource = by_service(call) if by_service else None
    if resource is None or resource.startswith("arn:"):
        return resource
    return f"arn:aws:{call.service}:{call.region}:{account_id}:{resource}"


def _athena(call: ApiCall) -> str | None:
    """A saved query has no ARN: it is asked for on its workgroup."""
    saved = athena._named_queries.get(call.parameters.get("NamedQueryId")) or {}
    workgroup = saved.get("WorkGroup") or (call.parameters.get("Name") if call.operation == "CreateWorkGroup" else None)
    return f"workgroup/{workgroup}" if workgroup else call.parameters.get("ResourceARN")


def _cloudtrail(call: ApiCall) -> str | None:
    named = call.parameters.get("ResourceId")  # of AddTags and RemoveTags
    listed = call.parameters.get("ResourceIdList") or [named]  # of ListTags
    return listed[0] if len(listed) == 1 else None


def _cloudwatch(call: ApiCall) -> str | None:
    """DescribeAlarms lists: it is asked for on all alarms. DeleteAlarms is asked for on each; the lab looks at one."""
    if call.operation == "DescribeAlarms":
        return "alarm:*"
    names = call.parameters.get("AlarmNames") or []
    if call.operation == "DeleteAlarms" and len(names) == 1:
        return f"alarm:{names[0]}"
    return call.parameters.get("ResourceARN")


def _dynamodb(call: ApiCall) -> str | None:
    return call.parameters.get("ResourceArn")


def _events(call: ApiCall) -> str | None:
    """The ARN of a rule on the default bus has no bus in it."""
    key = "Name" if call.operation in _RULE_OPERATIONS else "Rule" if call.operation in _TARGET_OPERATIONS else ""
    rule = call.parameters.get(key)
    if rule is None:
        return call.parameters.get("ResourceARN")
    bus = (call.parameters.get("EventBusName") or _DEFAULT_BUS).rpartition("/")[2]
    return f"rule/{rule}" if bus == _DEFAULT_BUS else f"rule/{bus}/{rule}"


def _glue(call: ApiCall) -> str | None:
    """A table is asked for on its database and on the catalog, too; the lab looks at the table."""
    asked = call.parameters
    name = asked.get("Name") or (asked.get("TableInput") or asked.get("DatabaseInput") or {}).get("Name")
    if call.operation in _GLUE_DATABASE_OPERATIONS:
        return f"database/{name}"
    table = name or asked.get("TableName")
    return f"table/{asked['DatabaseName']}/{table}" if "DatabaseName" in asked else asked.get("ResourceArn")


def _kms(call: ApiCall) -> str | None:
    """An alias; the key behind it is a precondition of its own."""
    return call.parameters.get("AliasName")


def _lambda(call: ApiCall) -> str | None:
    name = call.parameters.get("FunctionName")
    return f"function:{name}" if call.operation == "CreateFunction" and name else None


def _logs(call: ApiCall) -> str | None:
    """A log group's ARN ends in `:*` in policies; what is asked for reads `:log-stream:`. Only tags lack it."""
    group = call.parameters.get("logGroupName")
    if group is None or call.operation in _LOG_TAG_OPERATIONS:
        return None
    return f"log-group:{group}:log-stream:{call.parameters.get('logStreamName', '')}"


def _sns(call: ApiCall) -> str | None:
    return call.parameters.get("ResourceArn")


def _ssm(call: ApiCall, account_id: str) -> str | None:
    """A parameter, without version or label, or a path, which is spelled alike. Of several names the lab looks at one.

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
