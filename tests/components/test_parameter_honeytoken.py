"""The decoy parameter as it is planted, and the warning about its path."""

import json
import re

from deadfall.lab.engine import Result
from deadfall.lab.provider.values import SECRET, reveal, secret, signature
from tests.components.conftest import Planned
from tests.components.recorded import children, inputs, names

NAME = "/prod/ledger/api-token-eu-west-1"


def test_all_of_it(dev: Result) -> None:
    assert names(dev, "ParameterHoneytoken") == {NAME}
    assert children(dev, "ParameterHoneytoken", NAME) == {f"ssm.Parameter {NAME}"}
    parameter = inputs(dev, "ssm.Parameter", NAME)
    value = parameter.pop("value")
    assert signature(value) == SECRET
    assert value == secret(reveal(value))
    assert re.fullmatch(r"[A-Za-z0-9_-]{28}", reveal(value))
    assert parameter == {
        "name": "/prod/ledger/api-token",
        "type": "SecureString",
        "description": "Token of the ledger API",
        "region": "eu-west-1",
    }


def test_its_value_is_its_own_in_each_stack_and_region(dev: Result, adopting: Result, plan: Planned) -> None:
    regions = ("eu-west-1", "us-east-1")
    decoys = [{"kind": "parameter", "name": "token", "region": region, "ownPath": True} for region in regions]
    several = plan(decoys=json.dumps([*decoys, {"kind": "secret", "name": "token"}]))
    values = [reveal(inputs(several, "ssm.Parameter", f"token-{region}")["value"]) for region in regions]
    secret_string = reveal(inputs(several, "secretsmanager.SecretVersion", "token-eu-west-1")["secretString"])
    password = json.loads(secret_string)["password"]
    assert len({*values, password}) == 3
    one, again = (reveal(inputs(result, "ssm.Parameter", NAME)["value"]) for result in (dev, adopting))
    assert one == again


def test_a_decoy_on_a_path_that_may_be_read_warns_in_a_preview(plan: Planned) -> None:
    result = plan(decoys=json.dumps([{"kind": "parameter", "name": "/prod/ledger/api-token"}]))
    warnings = [said.message for said in result.diagnostics if said.message.startswith("deadfall:decoys[0]: ")]
    (warning,) = warnings
    assert "GetParametersByPath" in warning
    assert warning.endswith("and set ownPath: true")
