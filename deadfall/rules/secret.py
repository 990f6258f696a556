"""Detections of a touched Secrets Manager secret, from its name alone.

CloudTrail gives `secretId` as the caller typed it: name, partial ARN, or full ARN with its random suffix. A denied call
has null parameters and names the secret only in `errorMessage`. The KMS Decrypt behind a successful read always carries
the full ARN (research: deception.md 2.2, 2.3). Neither matcher can say "exactly six more characters", so `NAME-*` is
coarse, and the responder confirms the exact secret before it acts.

A batch read that lists the secret is asked for on path E alone: the metric filter has no room for it, and sees the
GetSecretValue and the KMS Decrypt that a batch causes per secret (API reference, BatchGetSecretValue). A batch that is
denied as a whole, or that selects by filters and finds nothing, names no secret and is not seen.

The deploy role reads its own decoys at every `pulumi up` and refresh. Path E lets these reads through to the responder,
which counts them as suppressed. Path L leaves them out: its alarm would ring at every deployment, and while it is on it
can't tell of anybody else.
"""

from typing import Any

from .detection_rule import API_CALL, DetectionRule


def secret_rules(
    rule_key: str, name: str, partial_arn: str, region: str, deployer: str
) -> tuple[DetectionRule, DetectionRule]:
    """The two nets under one secret: its read, allowed or denied, and the KMS Decrypt that a read causes.

    `rule_key` tells the rules of one secret from those of another in the names of AWS resources; `partial_arn` is the
    ARN without the suffix; `deployer` is how the ARN of a caller reads that deploys, with a `*` for session names.
    """
    return _read(rule_key, name, partial_arn, region, deployer), _decrypt(rule_key, name, partial_arn, region, deployer)


def _read(rule_key: str, name: str, partial_arn: str, region: str, deployer: str) -> DetectionRule:
    # Two wildcards, and short ones: EventBridge refuses a rule whose wildcards are too complex together. Its limit is
    # not published; these count 7, which AWS is known to accept (see wildcard_complexity.py).
    denied = [f"*: {name} *", f"*: {partial_arn}*"]
    names = [name, partial_arn, {"prefix": f"{partial_arn}-"}]
    asked = [f'$.requestParameters.secretId = "{text}"' for text in (name, partial_arn, f"{partial_arn}-*")]
    refused = [f'$.errorMessage = "{text}"' for text in denied]
    return DetectionRule(
        id=f"access-{rule_key}",
        title=f"The decoy secret {name} was read",
        response="contain",
        regions=(region,),
        matches_reads=True,
        event_pattern=_pattern(
            "secretsmanager",
            ["GetSecretValue", "BatchGetSecretValue"],
            {
                "$or": [
                    {"requestParameters": {"secretId": names}},
                    {"requestParameters": {"secretIdList": names}},
                    {"errorMessage": [{"wildcard": text} for text in denied]},
                ]
            },
        ),
        filter_pattern=_filter("secretsmanager", "GetSecretValue", asked + refused, deployer),
    )


def _decrypt(rule_key: str, name: str, partial_arn: str, region: str, deployer: str) -> DetectionRule:
    return DetectionRule(
        id=f"decrypt-{rule_key}",
        title=f"The decoy secret {name} was decrypted",
        response="contain",
        regions=(region,),
        matches_reads=True,
        event_pattern=_pattern(
            "kms",
            ["Decrypt"],
            {"requestParameters": {"encryptionContext": {"SecretARN": [{"prefix": f"{partial_arn}-"}]}}},
        ),
        filter_pattern=_filter(
            "kms", "Decrypt", [f'$.requestParameters.encryptionContext.SecretARN = "{partial_arn}-*"'], deployer
        ),
    )


def _pattern(service: str, event_names: list[str], detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": [f"aws.{service}"],
        "detail-type": [API_CALL],
        "detail": {"eventSource": [f"{service}.amazonaws.com"], "eventName": event_names, **detail},
    }


def _filter(service: str, event_name: str, any_of: list[str], deployer: str) -> str:
    alternatives = " || ".join(f"({text})" for text in any_of)
    # What `!=` says of a field that is absent is not documented, so that case stands by itself.
    other = f'($.userIdentity.arn NOT EXISTS) || ($.userIdentity.arn != "{deployer}")'
    return (
        f'{{ ($.eventSource = "{service}.amazonaws.com") && ($.eventName = "{event_name}")'
        f" && ({alternatives}) && ({other}) }}"
    )
