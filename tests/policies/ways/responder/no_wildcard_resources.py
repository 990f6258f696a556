from tests.policies.granted import granted, unreadable
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

METRICS = {"Action": "cloudwatch:PutMetricData", "Resource": "*"}
ALIAS = {"kms:ResourceAliases": "alias/account-audit"}
OWN = "account-audit/responder"
LOOK_UP = "cloudtrail:LookupEvents"
OF_ALIAS = {"Condition": {"ForAnyValue:StringEquals": ALIAS}}
KEYS = {"Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:111122223333:key/*"}
TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table"


def _logs(name: str) -> str:
    return f"arn:aws:logs:eu-west-1:111122223333:log-group:{name}"


WAYS = Ways(
    violations=(
        Way("all", granted(Resource="*"), "'Added' allows *"),
        Way("one of several", granted(Resource=["arn:aws:sqs:eu-west-1:111122223333:x", "*"]), "allows *"),
        Way("all but some", granted(Resource=None, NotResource="arn:aws:sqs:eu-west-1:1:x"), "all resources"),
        Way("all queues", granted(Resource="arn:aws:sqs:eu-west-1:111122223333:*"), "allows arn:aws:sqs"),
        Way("all of one character", granted(Resource="arn:aws:sqs:eu-west-1:1:?"), "eu-west-1:1:?"),
        Way("all tables", granted(Action="dynamodb:PutItem", Resource=f"{TABLE}/*"), "table/*"),
        Way("all log groups", granted(Action="logs:PutLogEvents", Resource=_logs("*")), "log-group:*"),
        Way("all buckets", granted(Action="s3:PutObject", Resource="arn:aws:s3:::*"), "arn:aws:s3:::*"),
        Way("every region", granted(Resource="arn:aws:sqs:*:111122223333:x"), "arn:aws:sqs:*"),
        Way("every account", granted(Action="iam:GetUser", Resource="arn:aws:iam::*:user/*"), "arn:aws:iam::*"),
        Way("all of IAM", granted(Action="iam:GetUser", Resource="arn:aws:iam::111122223333:*"), "111122223333:*"),
        Way("all keys", granted(**KEYS), "key/*"),
        Way(
            "all keys without an alias",
            granted(**KEYS, Condition={"ForAllValues:StringEquals": ALIAS}),
            "key/*",
        ),
        Way("every metric", granted(**METRICS), "allows *"),
        Way(
            "all, beside an action without resources",
            granted(Action=[LOOK_UP, "sqs:SendMessage"], Resource="*"),
            "allows *",
        ),
        Way("every service", granted(Resource="arn:aws:*:eu-west-1:111122223333:x"), "allows arn:aws:*"),
        Way("users of another service", granted(Resource="arn:aws:dynamodb:eu-west-1:1:user/*"), "user/*"),
        Way("all aliases", granted(**{**KEYS, "Resource": "arn:aws:kms:eu-west-1:1:alias/*"}, **OF_ALIAS), "alias/*"),
        Way("keys of another service", granted(Resource="arn:aws:iot:eu-west-1:1:key/*", **OF_ALIAS), "key/*"),
        Way("a kind without a name", granted(Resource="arn:aws:dynamodb:eu-west-1:1:table/"), "table/"),
        Way("no ARN", granted(Resource="queue"), "allows queue"),
        Way("in prod", granted(Resource="*"), "allows *", stack="prod"),
    ),
    compliant=(
        Way("keys by their alias", granted(**KEYS, Condition={"ForAnyValue:StringEquals": ALIAS})),
        Way(
            "one namespace",
            granted(**METRICS, Condition={"StringEquals": {"cloudwatch:namespace": OWN}}),
        ),
        Way(
            "a table and its indexes",
            granted(Action="dynamodb:Query", Resource=f"{TABLE}/ledger/index/*"),
        ),
        Way("objects of a bucket", granted(Action="s3:PutObject", Resource="arn:aws:s3:::account-audit-evidence/*")),
        Way("streams of a log group", granted(Action="logs:PutLogEvents", Resource=_logs("/account-audit:*"))),
        Way("a deny may", granted(Effect="Deny", Resource="*")),
    ),
    unknown=(Way("the policy", unreadable(UNKNOWN)),),
)
