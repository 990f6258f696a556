"""Detections that watch the account itself rather than a decoy: root use, CloudTrail tampering."""

from .detection_rule import API_CALL, SIGN_IN, DetectionRule

# Calls that blind a trail. CreateTrail and StartLogging are CIS's, but open eyes rather than close them.
TRAIL_TAMPERING = ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors")


def root_use(regions: tuple[str, ...]) -> DetectionRule:
    """Any call or sign-in by the root user that is not AWS acting on its behalf (CIS 1.7, CloudWatch.1)."""
    return DetectionRule(
        id="root-use",
        title="The root user of the account was used",
        response="alert",
        regions=regions,
        matches_reads=True,
        event_pattern={
            "source": [{"prefix": "aws."}],
            "detail-type": [API_CALL, *SIGN_IN],
            "detail": {
                "userIdentity": {"type": ["Root"], "invokedBy": [{"exists": False}]},
                "eventType": [{"anything-but": ["AwsServiceEvent"]}],
            },
        },
        # To the letter what Security Hub's CloudWatch.1 looks for.
        filter_pattern=(
            '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}'
        ),
    )


def trail_tampering(regions: tuple[str, ...]) -> DetectionRule:
    """A trail is stopped, deleted, redirected or told to record less."""
    names = " || ".join(f"($.eventName = {name})" for name in TRAIL_TAMPERING)
    return DetectionRule(
        id="trail-change",
        title="CloudTrail was stopped, deleted or told to record less",
        response="alert",
        regions=regions,
        matches_reads=False,
        event_pattern={
            "source": ["aws.cloudtrail"],
            "detail-type": [API_CALL],
            "detail": {"eventSource": ["cloudtrail.amazonaws.com"], "eventName": list(TRAIL_TAMPERING)},
        },
        filter_pattern=f"{{ ($.eventSource = cloudtrail.amazonaws.com) && ({names}) }}",
    )
