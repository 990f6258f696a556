"""Adding a resource type is adding a class to a file of its service, or a file: no list names it."""

from pathlib import Path

import pytest

from deadfall.lab.provider import resource_types
from deadfall.lab.provider.resource_types import RESOURCE_TYPES

NEW_FILE = """
from typing import Any

from deadfall.lab.provider.grants import DeployPermissions, Grant, Verb, anything
from deadfall.lab.provider.resource_type import ResourceType
from deadfall.lab.provider.resource_types.iam import InlinePolicy  # imported, and discovered only where it is defined
from deadfall.lab.provider.schema import string


class Vpc(ResourceType):
    pulumi_type = "aws:ec2/vpc:Vpc"
    properties = {"cidrBlock": string(required=True)}
    deploy_permissions = DeployPermissions(
        source="internal/service/ec2/vpc_.go", on=anything, grants=(Grant(Verb.CREATE, "ec2:CreateVpc"),)
    )

    def create(self, aws, inputs):
        return "vpc-1", {}

    def read(self, aws, id, state):
        return None

    def delete(self, aws, id, state):
        pass
"""


def test_a_new_file_is_all_that_a_new_type_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new_service.py").write_text(NEW_FILE)
    monkeypatch.setattr(resource_types, "__path__", [*resource_types.__path__, str(tmp_path)])
    discovered = resource_types.discover()
    assert discovered.keys() - RESOURCE_TYPES.keys() == {"aws:ec2/vpc:Vpc"}
    assert RESOURCE_TYPES.keys() < discovered.keys()


def test_a_type_that_two_files_define_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "second_sqs.py").write_text(NEW_FILE.replace("aws:ec2/vpc:Vpc", "aws:sqs/queue:Queue"))
    monkeypatch.setattr(resource_types, "__path__", [*resource_types.__path__, str(tmp_path)])
    with pytest.raises(ValueError, match=r"^aws:sqs/queue:Queue: both Queue and Vpc define it$"):
        resource_types.discover()


def test_every_file_of_the_folder_defines_a_type() -> None:
    files = {path.stem for path in Path(resource_types.__path__[0]).glob("*.py")} - {"__init__"}
    assert {type(known).__module__.rpartition(".")[2] for known in RESOURCE_TYPES.values()} == files
