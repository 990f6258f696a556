from tests.policies.granted import granted, unreadable
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

OF_SERVICE = "arn:aws:{}:eu-west-1:111122223333:{}"


def _action(action: str, resource: str) -> Way:
    service = action.partition(":")[0]
    arn = f"arn:aws:s3:::{resource}" if service == "s3" else OF_SERVICE.format(service, resource)
    return Way(action, granted(Action=action, Resource=arn), f"'Added' allows {action.lower()}")


WAYS = Ways(
    violations=(
        _action("lambda:UpdateFunctionCode", "function:account-audit-responder"),
        _action("lambda:PutFunctionConcurrency", "function:account-audit-responder"),
        _action("events:DisableRule", "rule/account-audit-root-use"),
        _action("events:RemoveTargets", "rule/account-audit-root-use"),
        _action("cloudtrail:StopLogging", "trail/account-audit-trail"),
        _action("logs:DeleteLogStream", "log-group:/account-audit/trail:*"),
        _action("logs:DeleteMetricFilter", "log-group:/account-audit/trail"),
        _action("cloudwatch:DeleteAlarms", "alarm:account-audit-root-use"),
        _action("sns:DeleteTopic", "account-audit-alerts"),
        _action("sns:Unsubscribe", "account-audit-alerts"),
        _action("sqs:PurgeQueue", "account-audit-responder-dead-letters"),
        _action("dynamodb:DeleteItem", "table/account-audit-ledger"),
        _action("s3:DeleteObject", "account-audit-evidence/incidents/*"),
        _action("s3:BypassGovernanceRetention", "account-audit-evidence/incidents/*"),
        _action("s3:GetObject", "account-audit-trail/*"),
        _action("kms:ScheduleKeyDeletion", "key/4f2c1a90-0000-4000-8000-000000000000"),
        _action("secretsmanager:GetSecretValue", "secret:prod/billing/postgres-a1b2c3"),
        _action("ec2:TerminateInstances", "instance/i-0123456789abcdef0"),
    ),
    compliant=(
        Way("send", granted()),
        Way("a deny may", granted(Effect="Deny", Action="sqs:PurgeQueue")),
    ),
    unknown=(Way("the policy", unreadable(UNKNOWN)),),
)
