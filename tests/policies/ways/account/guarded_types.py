from tests.policies.way import Way, Ways

TOLD = "No guardrail knows the type"
GRANT = "aws:kms/grant:Grant"


def _made(type: str, told: str = "", reviewed: tuple[str, ...] = ()) -> Way:
    return Way(
        type,
        lambda graph: graph.adding(type, "more", "account", region="eu-west-1"),
        told,
        settings={"reviewed": list(reviewed)} if reviewed else {},
    )


WAYS = Ways(
    violations=(
        _made("aws:kms/keyPolicy:KeyPolicy", TOLD),
        _made("aws:s3/bucketV2:BucketV2", TOLD),
        _made("aws:s3/bucketAclV2:BucketAclV2", TOLD),
        _made("aws:iam/userPoliciesExclusive:UserPoliciesExclusive", TOLD),
        _made("aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", TOLD),
        _made("aws:cloudwatch/alarmMuteRule:AlarmMuteRule", TOLD),
        _made("aws:lambda/eventSourceMapping:EventSourceMapping", TOLD),
        _made("aws:dynamodb/resourcePolicy:ResourcePolicy", TOLD),
        _made("aws:cloudcontrol/resource:Resource", TOLD),
        _made(GRANT, TOLD, reviewed=("aws:iam/group:Group",)),
    ),
    compliant=(
        _made("aws:cloudwatch/dashboard:Dashboard"),
        _made("aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"),
        _made(GRANT, reviewed=(GRANT,)),
    ),
    never_unknown="types are always known",
)
