"""The detail types of the events that CloudTrail's records arrive in at EventBridge."""

API_CALL = "AWS API Call via CloudTrail"
# AWS spells the sign-in type both ways (research: response.md 3.3): match both.
SIGN_IN = ("AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail")
