"""AWS Secrets Manager."""

from ..grant import Grant, ResourceType, Verb
from ..planned import Planned

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 a type


def _secret(resource: Planned) -> tuple[str, ...]:
    """Secrets Manager appends a hyphen and six characters to the name, which nobody knows before."""
    return (resource.arn("secretsmanager", f"secret:{resource.name()}-??????"),)


def _new_secret(resource: Planned) -> tuple[str, ...]:
    """Whether IAM sees the suffix when the secret is only being made is not documented: with it and without."""
    return (resource.arn("secretsmanager", f"secret:{resource.name()}"), *_secret(resource))


TYPES = (
    ResourceType(
        SECRET,
        source="internal/service/secretsmanager/secret.go",
        on=_secret,
        grants=(
            Grant(Verb.CREATE, "secretsmanager:CreateSecret", on=_new_secret),
            Grant(Verb.READ, "secretsmanager:DescribeSecret secretsmanager:GetResourcePolicy"),
            Grant(Verb.UPDATE, "secretsmanager:UpdateSecret"),
            Grant(Verb.DELETE, "secretsmanager:DeleteSecret"),
            Grant(Verb.TAG, "secretsmanager:TagResource", on=_new_secret),
            Grant(Verb.TAG, "secretsmanager:UntagResource"),
        ),
    ),
    ResourceType(
        "aws:secretsmanager/secretVersion:SecretVersion",
        source="internal/service/secretsmanager/secret_version.go",
        on=lambda resource: _secret(resource.referred("secretId", SECRET)),
        grants=(
            Grant(Verb.CREATE, "secretsmanager:PutSecretValue"),
            # The value itself: every refresh is a read of the decoy, for which the deploy role is never contained.
            Grant(Verb.READ, "secretsmanager:GetSecretValue"),
            # An earlier value loses its stage when it is deleted.
            Grant(Verb.DELETE, "secretsmanager:UpdateSecretVersionStage"),
        ),
    ),
)
