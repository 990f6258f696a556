"""The AWS profiles of a lab, in one file that the AWS CLI and SDKs read through AWS_CONFIG_FILE."""

import os
from collections.abc import Mapping
from pathlib import Path

from deadfall.lab.emulator import Credentials

ADMIN, DEPLOYER, PIPELINE, VISITOR = "admin", "deployer", "pipeline", "visitor"


def render_config(
    endpoint: str, region: str, keys: Mapping[str, Credentials], deploy_role_arn: str, session_name: str
) -> str:
    """Render the file: one profile per key, and the deployer, which assumes the deploy role with the pipeline's key.

    `session_name` must be unique to the lab: the AWS CLI caches sessions in ~/.aws/cli/cache by role and session name,
    and would reuse those of an earlier lab.
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
    """Replace the file atomically, readable by its owner only."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(content)
    new.replace(file)


def list_profiles(content: str) -> list[str]:
    """Return the profiles in such a file that users may choose; the pipeline's is internal."""
    found = [line[len("[profile ") : -1] for line in content.splitlines() if line.startswith("[profile ")]
    return [name for name in found if name != PIPELINE]
