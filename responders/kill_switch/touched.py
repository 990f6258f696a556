"""Confirm, exactly, that a record touched the decoy that its detection watches.

Rules and metric filters can't say "exactly six more characters", so they match a secret's name coarsely: a real
secret `NAME-replica` can reach us and must never cause containment. Secrets Manager accepts a name, an ARN without
its suffix ("partial ARN"), or a full ARN, and CloudTrail records what the caller typed; a denied call has null
parameters, and names the secret only in `errorMessage`; the KMS Decrypt behind a successful read always carries the
full ARN.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
"""

import re
from dataclasses import dataclass

from .manifest import Decoy, Detection
from .parse import Record

_READS = frozenset({"GetSecretValue", "BatchGetSecretValue"})
# "because no identity-based policy allows …" or "with an explicit deny in …" may follow; neither is stable wording.
_REFUSED = re.compile(r"User: \S+ is not authorized to perform: secretsmanager:(\w+) on resource: (\S+)(?:\s.*)?", re.S)


@dataclass(frozen=True)
class Touched:
    """What was touched: a decoy, or what a detection without a decoy watches."""

    kind: str
    name: str
    arn: str | None
    region: str

    @property
    def key(self) -> str:
        return self.arn or self.name


@dataclass(frozen=True)
class NotConfirmed:
    """The record does not touch the decoy: a near miss. `disagrees` when it isn't even a call that could touch it."""

    reason: str
    disagrees: bool = False


def confirm(record: Record, detection: Detection) -> Touched | NotConfirmed:
    decoy = detection.decoy
    if decoy is None:
        return Touched("detection", detection.id, None, record.region)
    touched = Touched(decoy.kind, decoy.name, decoy.arn, decoy.region)
    if decoy.kind == "accessKey":
        if record.user_identity.get("arn") == decoy.arn:
            return touched
        return NotConfirmed("The call was not made by the decoy user.", disagrees=True)
    if record.event_source == "kms.amazonaws.com" and record.event_name == "Decrypt":
        context = record.request_parameters.get("encryptionContext")
        if isinstance(context, dict) and context.get("SecretARN") == decoy.arn:
            return touched
        return NotConfirmed("The decrypted secret is not the decoy.")
    if record.event_source == "secretsmanager.amazonaws.com" and record.event_name in _READS:
        if any(_names(decoy, secret_id, record.region) for secret_id in _secret_ids(record)):
            return touched
        return NotConfirmed("The secret in the call is not the decoy.")
    return NotConfirmed(f"{record.event_source} {record.event_name} does not read a secret.", disagrees=True)


def _secret_ids(record: Record) -> list[object]:
    """Every secret that the call named, as its caller typed it."""
    listed = record.request_parameters.get("secretIdList")
    named = [record.request_parameters.get("secretId"), *(listed if isinstance(listed, list) else [])]
    refused = _REFUSED.fullmatch(record.error_message or "")
    if refused and record.error_code and refused[1] == record.event_name:
        named.append(refused[2])
    return named


def _names(decoy: Decoy, secret_id: object, region: str) -> bool:
    """Whether `secret_id`, in a call to `region`, means the decoy. A bare name means the secret of that region."""
    partial_arn = decoy.arn[: -len("-xxxxxx")]
    return region == decoy.region and secret_id in (decoy.name, partial_arn, decoy.arn)
