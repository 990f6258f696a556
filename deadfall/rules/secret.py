"""Detections of a touched Secrets Manager secret, from its name alone.

CloudTrail gives `secretId` as the caller typed it: name, partial ARN, or full ARN with its random suffix. A denied call
has null parameters and names the secret only in `errorMessage`. The KMS Decrypt behind a successful read always carries
the full ARN (research: deception.md 2.2, 2.3). Neither matcher can say "exactly six more characters", so `NAME-*` is
coarse, and the responder confirms the exact secret before it acts.
"""

from typing import Any

from .detection_rule import API_CALL, DetectionRule


def secret_rules(rule_key: str, name: str, partial_arn: str, region: str) -> tuple[DetectionRule, DetectionRule]:
    """The two nets under one secret: its read, allowed or denied, and the KMS Decrypt that a read causes.

    `rule_key` tells the rules of one secret from those of another in the names of AWS resources; `partial_arn` is the
    ARN without the suffix.
    """
    return _read(rule_key, name, partial_arn, region), _decrypt(rule_key, name, partial_arn, region)


def _read(rule_key: str, name: str, partial_arn: str, region: str) -> DetectionRule:
    # Two wildcards, not three: EventBridge refuses a rule whose wildcards are too complex together (see
    # wildcard_complexity.py), so a partial ARN and a full one share theirs.
    denied = [f"* on resource: {name} *", f"* on resource: {partial_arn}*"]
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
            "GetSecretValue",
            {
                "$or": [
                    {"requestParameters": {"secretId": [name, partial_arn, {"prefix": f"{partial_arn}-"}]}},
                    {"errorMessage": [{"wildcard": text} for text in denied]},
                ]
            },
        ),
        filter_pattern=_filter("secretsmanager", "GetSecretValue", asked + refused),
    )


def _decrypt(rule_key: str, name: str, partial_arn: str, region: str) -> DetectionRule:
    return DetectionRule(
        id=f"decrypt-{rule_key}",
        title=f"The decoy secret {name} was decrypted",
        response="contain",
        regions=(region,),
        matches_reads=True,
        event_pattern=_pattern(
            "kms",
            "Decrypt",
            {"requestParameters": {"encryptionContext": {"SecretARN": [{"prefix": f"{partial_arn}-"}]}}},
        ),
        filter_pattern=_filter(
            "kms", "Decrypt", [f'$.requestParameters.encryptionContext.SecretARN = "{partial_arn}-*"']
        ),
    )


def _pattern(service: str, event_name: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": [f"aws.{service}"],
        "detail-type": [API_CALL],
        "detail": {"eventSource": [f"{service}.amazonaws.com"], "eventName": [event_name], **detail},
    }


def _filter(service: str, event_name: str, any_of: list[str]) -> str:
    alternatives = " || ".join(f"({text})" for text in any_of)
    return f'{{ ($.eventSource = "{service}.amazonaws.com") && ($.eventName = "{event_name}") && ({alternatives}) }}'
