"""The values of placeholders in detections (Sigma's `|expand`): what a rule says of an account and of its decoys.

Values are literal text: no wildcards. A caller that is a role is known by the ARN of the role, in
`userIdentity.sessionContext.sessionIssuer.arn`.
"""

from deadfall.config import AccessKeyDecoy, SecretDecoy, StackConfig
from deadfall.names import Names

from .sigma.parse import Placeholders


def of_account(config: StackConfig) -> Placeholders:
    """What every detection of the stack may name."""
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
        # Of a trail that was there before, config knows the log group alone.
        "trail_name": () if trail else (names.trail,),
        "trail_arn": () if trail else (names.trail_arn,),
        "trail_bucket": () if trail else (names.trail_bucket,),
        "trail_log_group": (trail.log_group_name if trail else names.trail_log_group,),
        "trusted_networks": config.trusted_networks,
        "secret_names": tuple(decoy.name for decoy in config.secrets),
        "secret_arns": tuple(names.secret_partial_arn(decoy) for decoy in config.secrets),
        "decoy_users": tuple(decoy.user_name for decoy in config.access_keys),
        "decoy_user_arns": tuple(names.user_arn(decoy) for decoy in config.access_keys),
    }


def of_decoy(config: StackConfig, decoy: SecretDecoy | AccessKeyDecoy) -> Placeholders:
    """What a detection that is made once for each decoy names besides."""
    names = Names.of(config)
    match decoy:
        case SecretDecoy():
            return {"decoy_name": (decoy.name,), "decoy_arn": (names.secret_partial_arn(decoy),)}
        case AccessKeyDecoy():
            return {"decoy_name": (decoy.user_name,), "decoy_arn": (names.user_arn(decoy),)}
