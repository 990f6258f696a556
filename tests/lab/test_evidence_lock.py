"""Evidence of the dev stack: locked while it is there, and gone with the stack, because outside production the lock can
be lifted."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deadfall.stack_lab import StackLab
from tests.conftest import LEAN

from .test_trap import READS_SECRETS, incident_of, inventory, read

ADMIN = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NO_BYPASS = {"Effect": "Deny", "Action": "s3:BypassGovernanceRetention", "Resource": "*"}


def identity(version: Mapping[str, Any]) -> dict[str, str]:
    return {"Key": version["Key"], "VersionId": version["VersionId"]}


def test_evidence_is_locked_and_after_destroy_the_emulator_is_empty():
    with StackLab.started(overrides=LEAN) as lab:
        thief = lab.user("ci-deployer", READS_SECRETS)
        lifter, admin = lab.user("lifter", ADMIN), lab.user("admin", ADMIN, NO_BYPASS)
        before = inventory(lab)
        lab.up()
        assert read(lab, thief) == "ok"
        incident = incident_of(lab, "ci-deployer", "CONTAINED", "L")

        bucket, document = lab.names.evidence_bucket, f"incidents/{incident['id']}/incident.json"
        s3 = lab.emulator.client("s3", lab.config.home, admin)

        def written() -> bool:
            return "L" in json.load(s3.get_object(Bucket=bucket, Key=document)["Body"])["paths"]

        lab.wait_for("what path L saw in evidence", written)
        versions = s3.list_object_versions(Bucket=bucket)["Versions"]
        assert len(versions) > 1
        for one in versions:
            version = {"Bucket": bucket, **identity(one)}
            assert s3.get_object_retention(**version)["Retention"]["Mode"] == "GOVERNANCE"
            with pytest.raises(ClientError, match=r"AccessDenied.*protected by object lock"):
                s3.delete_object(**version)
            with pytest.raises(ClientError, match=r"AccessDenied.*s3:BypassGovernanceRetention"):
                s3.delete_object(**version, BypassGovernanceRetention=True)
        by_lifter = lab.emulator.client("s3", lab.config.home, lifter)
        by_lifter.delete_object(Bucket=bucket, **identity(versions[0]), BypassGovernanceRetention=True)
        left = [identity(one) for one in s3.list_object_versions(Bucket=bucket)["Versions"]]
        assert identity(versions[0]) not in left
        assert identity(versions[1]) in left

        lab.deployment.destroy()
        assert inventory(lab) == before
