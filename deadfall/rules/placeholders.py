"""The stack's values for placeholders in detections (Sigma's `|expand`).

Values are literal text without wildcards. The ARN of a caller's role is in
`userIdentity.sessionContext.sessionIssuer.arn`.
"""

from deadfall.config import StackConfig
from deadfall.decoys import KINDS
from deadfall.names import Names

from .sigma.parse import Placeholders


def account_placeholders(config: StackConfig) -> Placeholders:
    """Return the placeholders of every detection of the stack."""
    names = Names.of(config)
    responder_role = names.iam_arn(f"role/{names.responder}")
    trail = config.trail.existing
    return {
        "account_id": (config.account_id,),
        "deploy_role": (config.deploy_role_arn,),
        "responder_role": (responder_role,),
        "protected_principals": (*config.protected_principals, responder_role),
        "own_name": (f"{names.prefix}-",),
        "key_alias": (names.key_alias,),
        "regions": config.detection_regions,
        "quarantine_policy": (names.quarantine_policy,),
        # For an adopted trail, config only has the log group.
        "trail_name": () if trail else (names.trail,),
        "trail_arn": () if trail else (names.trail_arn,),
        "trail_bucket": () if trail else (names.trail_bucket,),
        "trail_log_group": (trail.log_group_name if trail else names.trail_log_group,),
        "trusted_networks": config.trusted_networks,
        **_decoys_of_each_kind(config, names),
    }


def _decoys_of_each_kind(config: StackConfig, names: Names) -> Placeholders:
    found: dict[str, tuple[str, ...]] = {}
    for kind in KINDS.values():
        found |= kind.placeholders_of_all(config.decoys_of(kind), names)
    return found
