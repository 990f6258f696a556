"""The detail types of events that carry CloudTrail records (docs/aws-facts.md, eventbridge-detail-types)."""

API_CALL = "AWS API Call via CloudTrail"
# AWS's pages spell the sign-in type in both ways (docs/aws-facts.md, sign-in-detail-type), so patterns match both.
SIGN_IN = ("AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail")
SERVICE_EVENT = "AWS Service Event via CloudTrail"
CONSOLE_ACTION = "AWS Console Action via CloudTrail"
INSIGHT = "AWS Insight via CloudTrail"
NETWORK_ACTIVITY = "AWS Network Activity Event via CloudTrail"

BY_EVENT_TYPE = {
    "AwsApiCall": API_CALL,
    "AwsConsoleSignIn": SIGN_IN[0],
    "AwsConsoleSignin": SIGN_IN[1],
    "AwsServiceEvent": SERVICE_EVENT,
    "AwsConsoleAction": CONSOLE_ACTION,
    "AwsCloudTrailInsight": INSIGHT,
    # AWS's pages write this one in both ways (docs/aws-facts.md, network-activity-event-type).
    "AwsVpceEvent": NETWORK_ACTIVITY,
    "AwsVpceEvents": NETWORK_ACTIVITY,
}
"""The detail type of a record with this `eventType`."""

DETAIL_TYPES = frozenset(BY_EVENT_TYPE.values())
