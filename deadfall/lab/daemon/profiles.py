"""The AWS profiles of a lab: one file that the AWS CLI and every AWS SDK read as AWS_CONFIG_FILE."""

import os
from collections.abc import Mapping
from pathlib import Path

from deadfall.lab.emulator import Credentials

ADMIN, DEPLOYER, PIPELINE, VISITOR = "admin", "deployer", "pipeline", "visitor"


def config_file(
    endpoint: str, region: str, keys: Mapping[str, Credentials], deploy_role_arn: str, session_name: str
) -> str:
    """The content: a profile per key, and the deployer, who assumes the deploy role with the pipeline's key.

    `session_name` must be another one for every lab: the AWS CLI keeps sessions in ~/.aws/cli/cache by role and session
    name, and would use those of a lab that is gone.
    """
    common = {"region": region, "endpoint_url": endpoint}
    profiles: dict[str, dict[str, str]] = {
        name: {
            "aws_access_key_id": key.access_key_id,
            "aws_secret_access_key": key.secret_access_key,
            **common,
        }
        for name, key in keys.items()
    }
    profiles[DEPLOYER] = {
        "role_arn": deploy_role_arn,
        "source_profile": PIPELINE,
        "role_session_name": session_name,
        **common,
    }
    return "\n".join(
        f"[profile {name}]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items())
        for name, settings in profiles.items()
    )


def write(file: Path, content: str) -> None:
    """Replace the file as a whole; only its owner can read it, from the start."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(content)
    new.replace(file)


def names(content: str) -> list[str]:
    """The profiles of such a file that are for people."""
    found = [line[len("[profile ") : -1] for line in content.splitlines() if line.startswith("[profile ")]
    return [name for name in found if name != PIPELINE]
