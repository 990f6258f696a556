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
_SIGN_IN = "signin.amazonaws.com"
_REFUSING = {"secretsmanager.amazonaws.com": "secretsmanager", "ssm.amazonaws.com": "ssm"}
# "because no identity-based policy allows …" or "with an explicit deny in …" may follow; neither is stable wording.
_REFUSED = re.compile(r"User: \S+ is not authorized to perform: (\w+:\w+) on resource: (\S+)(?:\s.*)?", re.S)


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
        if _is_caller(decoy, record):
            return touched
        return NotConfirmed("The call was not made by the decoy user.", disagrees=True)
    if record.event_source == "kms.amazonaws.com" and record.event_name == "Decrypt":
        context = record.request_parameters.get("encryptionContext")
        if isinstance(context, dict) and context.get("SecretARN") == decoy.arn:
            return touched
        return NotConfirmed("The decrypted secret is not the decoy.")
    read = record.event_source == "secretsmanager.amazonaws.com" and record.event_name in _READS
    refused = _refused(record)
    if not read and refused is None:
        return NotConfirmed(
            f"{record.event_source} {record.event_name} neither reads a secret nor was refused one.", disagrees=True
        )
    if any(_names(decoy, secret_id, record.region) for secret_id in [refused, *(_secret_ids(record) if read else [])]):
        return touched
    return NotConfirmed("The secret in the call is not the decoy.")


def _is_caller(decoy: Decoy, record: Record) -> bool:
    """A session of GetFederationToken has an ARN of its own, and names the user who issued it. A console sign-in that
    failed has no ARN, and names the user."""
    identity = record.user_identity
    context = identity.get("sessionContext")
    issuer = context.get("sessionIssuer") if isinstance(context, dict) else None
    arns = [identity.get("arn"), issuer.get("arn") if isinstance(issuer, dict) else None]
    return decoy.arn in arns or (record.event_source == _SIGN_IN and identity.get("userName") == decoy.name)


def _refused(record: Record) -> str | None:
    """What a denied call was denied on, of a call that can name a secret."""
    refused = _REFUSED.fullmatch(record.error_message or "")
    action = f"{_REFUSING.get(record.event_source)}:{record.event_name}"
    return refused[2] if refused and record.error_code and refused[1] == action else None


def _secret_ids(record: Record) -> list[object]:
    """Every secret that the call named, as its caller typed it."""
    listed = record.request_parameters.get("secretIdList")
    return [record.request_parameters.get("secretId"), *(listed if isinstance(listed, list) else [])]


def _names(decoy: Decoy, secret_id: object, region: str) -> bool:
    """Whether `secret_id`, in a call to `region`, means the decoy. A bare name means the secret of that region. Systems
    Manager hands secrets out as parameters, and is denied on those."""
    partial_arn = decoy.arn[: -len("-xxxxxx")]
    parameter_arn = partial_arn.replace(":secretsmanager:", ":ssm:", 1).replace(
        ":secret:", ":parameter/aws/reference/secretsmanager/", 1
    )
    return region == decoy.region and secret_id in (decoy.name, partial_arn, decoy.arn, parameter_arn)
