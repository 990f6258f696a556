from guardrails.types import TRAIL
from tests.policies.way import Way, Ways

GROUP, ROLE = "cloudWatchLogsGroupArn", "cloudWatchLogsRoleArn"
ARN = "arn:aws:logs:eu-west-1:111122223333:log-group:/account-audit/trail:*"

WAYS = Ways(
    violations=(
        Way("no log group", lambda graph: graph.lacking(TRAIL, None, GROUP), "set cloud_watch_logs_group_arn."),
        Way("an empty one", lambda graph: graph.having(TRAIL, None, GROUP, ""), "set cloud_watch_logs_group_arn."),
        Way("no role", lambda graph: graph.lacking(TRAIL, None, ROLE), "set cloud_watch_logs_role_arn."),
    ),
    compliant=(Way("by its ARN", lambda graph: graph.having(TRAIL, None, GROUP, ARN)),),
    never_unknown="the ARN of a log group that is still to be made is not known, and counts as given",
)
