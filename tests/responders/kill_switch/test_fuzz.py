"""Ten thousand hostile events through parse, resolve and decide: no exception, no action on a protected or unresolved
principal. An oracle of its own, written without the responder's code, says who may be acted upon."""

import copy
import json
import re
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from responders.kill_switch.actions.deny_session import DenySession
from responders.kill_switch.actions.deny_user import DenyUser
from responders.kill_switch.decide import Contain, decide
from responders.kill_switch.decoy_match import MatchedTarget, match_decoy
from responders.kill_switch.parse import Alarm, Sighting, parse
from responders.kill_switch.path_l import window
from responders.kill_switch.principal import resolve
from tests.responders.kill_switch.world import (
    ACCOUNT,
    DECRYPT,
    FIXTURES,
    HOME,
    KEY_USE,
    MANIFEST,
    READ,
    ROOT_USE,
    SETTINGS,
    fixture,
    path_e,
    role_session,
    user,
)

RECORDS = [json.loads(path.read_text()) for path in sorted(FIXTURES.glob("record-*.json"))]
IDENTITIES = [json.loads(path.read_text())["userIdentity"] for path in sorted(FIXTURES.glob("identity-*.json"))]
IDENTITIES += [
    role_session("deploy", "pulumi", "/ci/"),
    role_session("break-glass", "anna", "/emergency/"),
    role_session("account-audit-responder", "account-audit-responder"),
    role_session("AWSServiceRoleForECS", "ecs", "/aws-service-role/ecs.amazonaws.com/"),
    role_session("stacksets-exec-1f3a", "anna"),
    role_session("app-server", "x1", account="210987654321"),
    user("break-glass"),
    user("svc-billing-export"),
]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=40),
    st.sampled_from([ACCOUNT]),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=5,
)
TELLING = st.sampled_from(
    ["arn", "principalId", "userName", "accountId", "type", "sessionContext", "sessionIssuer", "creationDate"]
)


# Of what a sloppy comparison, pattern or escape gets wrong; the rest of a text is any characters.
HOSTILE = [*"/:*?\n\r\t \0\"'\\{}", "\u2028", "\u202e", "\u0130", "\uff21", "\ufeff", "\U0001f480", "..", "${", "%s"]


def some_text(random: Random, longest: int) -> str:
    def piece() -> str:
        match random.randrange(4):
            case 0:
                return random.choice(HOSTILE)
            case 1:
                return chr(random.choice((random.randrange(0xD800), random.randrange(0xE000, 0x110000))))
            case _:
                return chr(random.randrange(0x20, 0x7F))

    return "".join(piece() for _ in range(random.randint(0, longest)))


def anything(random: Random, depth: int = 2) -> Any:
    """As ANYTHING, from a seed."""
    match random.randrange(9 if depth else 7):
        case 0:
            return None
        case 1:
            return random.choice((True, False))
        case 2:
            return random.choice((0, 1, -1, random.randint(-(2**16), 2**16), random.randint(-(2**65), 2**65)))
        case 3:
            return random.choice(
                (0.0, -0.0, 0.5, 1e308, 5e-324, float("inf"), -float("inf"), random.uniform(-9e9, 9e9))
            )
        case 4:
            return ACCOUNT
        case 5 | 6:
            return some_text(random, 40)
        case 7:
            return [anything(random, depth - 1) for _ in range(random.randint(0, 4))]
        case _:
            return {some_text(random, 12): anything(random, depth - 1) for _ in range(random.randint(0, 4))}


def mutation(random: Random) -> Any:
    """A valid payload of either path, in which up to three places, half of them in the identity, were removed, or
    replaced by anything or by what is almost the same."""
    if random.randrange(10) == 0:
        payload: Any = copy.deepcopy(ALARM)
    else:
        record = copy.deepcopy(random.choice(RECORDS))
        if random.choice((True, False)):
            record["userIdentity"] = copy.deepcopy(random.choice(IDENTITIES))
        payload = path_e(random.choice((READ, DECRYPT, KEY_USE, ROOT_USE)), record)
    for _ in range(random.randrange(4)):
        places = list(_places(payload))
        if not places:
            break
        identity = [place for place in places if "userIdentity" in place] or places
        *outer, last = random.choice(random.choice((places, identity)))
        at = payload
        for key in outer:
            at = at[key]
        how = random.choice(("anything", "almost", "gone"))
        if how == "gone" and isinstance(at, dict):
            del at[last]
        else:
            at[last] = random.choice(_almost(at[last])) if how == "almost" else anything(random)
    return payload


ALARM = fixture("alarm-change")
UNHEALTHY = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def _almost(value: Any) -> list[Any]:
    """What a sloppy check takes for the value."""
    if not isinstance(value, str):
        return [[value]]
    near = (value + "\n", value.upper(), value + "x", value[:-1], f" {value}", f"{value}/{value}")
    return [*near, [value], "deploy", "*", *(identity.get("arn", "") for identity in IDENTITIES)]


def _places(value: Any, at: tuple = ()) -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key)
            yield from _places(inner, (*at, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield (*at, number)
            yield from _places(inner, (*at, number))


@settings(max_examples=8000, suppress_health_check=UNHEALTHY, database=None)
@given(st.integers(0, 2**64 - 1))
def test_mutated_events(seed: int) -> None:
    """Hypothesis draws the seed alone: to draw every choice takes longer than to handle the event."""
    payload = mutation(Random(seed))  # noqa: S311 no secret is drawn
    note(payload)
    handled(payload)


@settings(max_examples=2000, suppress_health_check=UNHEALTHY, database=None)
@given(
    st.one_of(
        ANYTHING,
        st.builds(lambda detection, event: {"detection": detection, "event": event}, ANYTHING, ANYTHING),
        st.builds(
            lambda identity: path_e(READ, {**fixture("record-GetSecretValue"), "userIdentity": identity}),
            st.dictionaries(TELLING, ANYTHING, max_size=6),
        ),
    )
)
def test_arbitrary_json(payload: Any) -> None:
    handled(payload)


def test_the_oracle_lets_some_through_and_the_untouched_fixtures_are_contained() -> None:
    """Without this, a responder that never acts would pass the fuzz."""
    for identity in (user(), role_session()):
        assert handled(path_e(READ, {**fixture("record-GetSecretValue"), "userIdentity": identity}))


def handled(payload: Any) -> bool:
    """Whether there was a plan; asserts that there may be one."""
    parsed = parse(payload, SETTINGS, MANIFEST)
    if isinstance(parsed, Alarm):
        start, end = window(parsed)
        assert start < end
    if not isinstance(parsed, Sighting):
        return False
    confirmed = isinstance(match_decoy(parsed.record, parsed.detection), MatchedTarget)
    decision = decide(parsed, resolve(parsed.record.user_identity), SETTINGS, MANIFEST)
    if not confirmed or not isinstance(decision, Contain):
        return False
    record = payload["event"]["detail"]
    identity = record["userIdentity"]
    assert payload["event"]["account"] == ACCOUNT == identity["accountId"]
    assert payload["event"]["source"].startswith("aws.")
    assert parsed.detection.response == "contain"
    assert record["awsRegion"] == HOME
    if isinstance(decision.deny, DenyUser):
        name = decision.deny.user_name
        assert identity["type"] == "IAMUser"
        assert re.fullmatch(rf"arn:aws[a-z-]*:iam::{ACCOUNT}:user/(.*/)?{re.escape(name)}", identity["arn"])
        assert identity["principalId"].startswith("AIDA")
        assert name.lower() not in {"break-glass", "svc-billing-export"}
        assert identity["userName"] == name
    else:
        assert isinstance(decision.deny, DenySession)
        name = decision.deny.role_name
        issuer = identity["sessionContext"]["sessionIssuer"]
        assert identity["type"] == "AssumedRole"
        assert issuer["type"] == "Role"
        assert issuer["arn"].startswith(f"arn:aws:iam::{ACCOUNT}:role/") or issuer["arn"].startswith("arn:aws-")
        assert issuer["arn"].endswith(f"/{name}")
        assert "/aws-service-role/" not in issuer["arn"]
        assert "/aws-reserved/" not in issuer["arn"]
        assert decision.deny.user_id == identity["principalId"]
        assert identity["principalId"] == f"{issuer['principalId']}:{identity['arn'].rsplit('/', 1)[1]}"
        assert name.lower() not in {"deploy", "break-glass", "account-audit-responder"}
        assert not re.match(r"(?i)awsservicerolefor|awsreservedsso_|stacksets-exec-", name)
        assert name not in {"OrganizationAccountAccessRole", "AWSControlTowerExecution"}
    return True
