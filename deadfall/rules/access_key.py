"""Detection of a used decoy access key, whatever service it calls."""

from .detection_rule import API_CALL, DetectionRule


def access_key_rule(rule_key: str, user_name: str, user_arn: str, regions: tuple[str, ...]) -> DetectionRule:
    """Any call signed by the decoy user, allowed or denied, read or write.

    Matches the user's ARN, not the key id: calls that AWS makes on the user's behalf carry another key id (research:
    deception.md 2.3), and the ARN is known before the key is made. The response is an alert only: the user may do
    nothing already, and its key stays active so that further use is seen (research: response.md 2.5).
    """
    return DetectionRule(
        id=f"activity-{rule_key}",
        title=f"The decoy access key of {user_name} was used",
        response="alert",
        regions=regions,
        matches_reads=True,
        event_pattern={
            "source": [{"prefix": "aws."}],
            "detail-type": [API_CALL],
            "detail": {"userIdentity": {"arn": [user_arn]}},
        },
        filter_pattern=f'{{ $.userIdentity.arn = "{user_arn}" }}',
    )
