"""The detail types of EventBridge events that carry CloudTrail records."""

API_CALL = "AWS API Call via CloudTrail"
# AWS's pages spell the sign-in type in both ways (docs/aws-facts.md, sign-in-detail-type), so patterns match both.
SIGN_IN = ("AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail")
