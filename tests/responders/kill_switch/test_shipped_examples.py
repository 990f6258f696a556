"""Every rule that is made for a decoy, with the responder's own eyes: an example that must match is none that it takes
for forged."""

from dataclasses import replace

import pytest

from deadfall.decoys.secret import SecretDecoy
from deadfall.names import GLOBAL_REGION, Names
from deadfall.rules.catalog import DETECTIONS
from deadfall.rules.detection import StackDetection
from deadfall.rules.examples import examples
from responders.kill_switch.decoy_match import MatchedTarget, NotConfirmed, match_decoy
from responders.kill_switch.manifest import Decoy, ManifestDetection
from responders.kill_switch.parse import Record, read_record
from tests.responders.kill_switch.world import SETTINGS
from tests.rules.stack import detections_of, shipped

STACK = shipped("dev")
SUFFIX = "-AbC1d2"  # of the secret in the examples
WATCHED = {each.rule.name: each for each in detections_of("dev") if each.decoy}


def described(watched: StackDetection) -> ManifestDetection:
    names, decoy = Names.of(STACK), watched.decoy
    assert decoy is not None
    arn = decoy.arn(names) + (SUFFIX if isinstance(decoy, SecretDecoy) else "")
    known = Decoy(
        decoy.kind,
        decoy.decoy_name,
        arn,
        decoy.planted_in(names) or GLOBAL_REGION,
        decoy.identifiers(names, arn),
        decoy.callers(names),
    )
    return ManifestDetection(
        watched.id, watched.title, watched.response, known, "low", None, None, watched.rule.condition
    )


@pytest.mark.parametrize("name", WATCHED)
def test_the_responder_knows_what_a_rule_made_for_a_decoy_matches(name: str) -> None:
    settings, confirmed = replace(SETTINGS, account_id=STACK.account_id), 0
    for example in examples(DETECTIONS / f"{name}.yml"):
        if example.matches:
            record = read_record(example.records[0], settings)
            assert isinstance(record, Record)
            answer = match_decoy(record, described(WATCHED[name]))
            assert isinstance(answer, MatchedTarget) or (isinstance(answer, NotConfirmed) and not answer.disagrees), (
                example.case
            )
            confirmed += isinstance(answer, MatchedTarget)
    assert confirmed
