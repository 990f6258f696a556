"""Every rule that is made for a decoy, with the responder's own eyes: an example that must match is none that it takes
for forged."""

from dataclasses import replace

import pytest

from deadfall.config import SecretDecoy
from deadfall.names import Names
from deadfall.rules.catalog import DETECTIONS
from deadfall.rules.detection import Detection as Watched
from deadfall.rules.examples import examples
from responders.kill_switch.manifest import Decoy, Detection
from responders.kill_switch.parse import Record, read_record
from responders.kill_switch.touched import NotConfirmed, Touched, confirm
from tests.responders.kill_switch.world import SETTINGS
from tests.rules.stack import detections_of, shipped

STACK = shipped("dev")
SUFFIX = "-AbC1d2"  # of the secret in the examples
WATCHED = {each.rule.name: each for each in detections_of("dev") if each.decoy}


def described(watched: Watched) -> Detection:
    names, decoy = Names.of(STACK), watched.decoy
    assert decoy is not None
    known = (
        Decoy("secret", decoy.name, names.secret_partial_arn(decoy) + SUFFIX, decoy.region or STACK.home)
        if isinstance(decoy, SecretDecoy)
        else Decoy("accessKey", decoy.user_name, names.user_arn(decoy), STACK.home)
    )
    return Detection(watched.id, watched.title, watched.response, known, "low", None, None)


@pytest.mark.parametrize("name", WATCHED)
def test_the_responder_knows_what_a_rule_made_for_a_decoy_matches(name: str) -> None:
    settings, confirmed = replace(SETTINGS, account_id=STACK.account_id), 0
    for example in examples(DETECTIONS / f"{name}.yml"):
        if example.matches:
            record = read_record(example.records[0], settings)
            assert isinstance(record, Record)
            answer = confirm(record, described(WATCHED[name]))
            assert isinstance(answer, Touched) or (isinstance(answer, NotConfirmed) and not answer.disagrees), (
                example.case
            )
            confirmed += isinstance(answer, Touched)
    assert confirmed
