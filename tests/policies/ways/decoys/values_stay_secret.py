import json
from collections.abc import Callable

from deadfall.check.policy_pack import STACK
from guardrails.types import ACCESS_KEY, BUCKET, FUNCTION, METRIC_ALARM, SECRET_VERSION, TOPIC
from tests.policies.assets import archive, secret
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def _password(graph: Graph) -> str:
    return json.loads(graph.all(SECRET_VERSION)[0].at("secretString")["value"])["password"]


def _seed(graph: Graph) -> str:
    return graph.config["deadfall:decoySeed"]


def _leaked(type: str, name: str | None, path: str, what: Callable[[Graph], object]) -> Callable[[Graph], Graph]:
    return lambda graph: graph.having(type, name, path, what(graph))


def _minted(graph: Graph) -> Graph:
    """With the access key as it is after the first update."""
    return graph.having(ACCESS_KEY, None, "secret", secret(KEY))


VALUE = "contains the value of prod/billing/postgres-eu-west-1"
SEED = "contains the seed of the decoys"

WAYS = Ways(
    violations=(
        Way("environment", _leaked(FUNCTION, None, "environment.variables.P", _password), VALUE),
        Way("tag", _leaked(TOPIC, "alarms", "tags", lambda graph: {"Password": _password(graph)}), f"Password {VALUE}"),
        Way("description", _leaked(METRIC_ALARM, "root-use", "alarmDescription", lambda g: _password(g) + "."), VALUE),
        Way("code", _leaked(FUNCTION, None, "code", lambda graph: archive(f'"{_password(graph)}"')), f"json {VALUE}"),
        Way("output", _leaked(STACK, None, "password", _password), f"password {VALUE}"),
        Way("secret output", _leaked(STACK, None, "password", lambda graph: secret(_password(graph))), VALUE),
        Way("output in prod", _leaked(STACK, None, "password", _password), "contains the value", stack="prod"),
        Way("deep in an output", _leaked(STACK, None, "o", lambda graph: [{"p": _password(graph)}]), f"o[0].p {VALUE}"),
        Way("seed in an output", _leaked(STACK, None, "seed", _seed), SEED),
        Way("seed in the environment", _leaked(FUNCTION, None, "environment.variables.S", _seed), SEED),
        Way("seed as a value", _leaked(SECRET_VERSION, None, "secretString", _seed), SEED),
        Way(
            "not JSON",
            lambda graph: graph.having(SECRET_VERSION, None, "secretString", "hunter2-hunter2").having(
                BUCKET, "trail-archive", "tags", {"x": "hunter2-hunter2"}
            ),
            VALUE,
        ),
        Way(
            "a key",
            lambda graph: _minted(graph).having(STACK, None, "secret", secret(KEY)),
            "secret contains the secret key of svc-billing-export",
        ),
        Way(
            "a key's mail password",
            lambda graph: graph.having(ACCESS_KEY, None, "sesSmtpPasswordV4", secret(KEY)).having(
                STACK, None, "smtp", KEY
            ),
            "smtp contains the secret key",
        ),
        Way("in a key", _leaked(ACCESS_KEY, None, "pgpKey", _password), f"pgpKey {VALUE}"),
        Way(
            "beside a value that is not known",
            lambda graph: graph.having(STACK, None, "password", _password(graph)).having(
                SECRET_VERSION, graph.all(SECRET_VERSION)[1].name, "secretString", UNKNOWN
            ),
            "contains the value",
            stack="prod",
        ),
        Way(
            "beside what is not known",
            lambda graph: graph.having(STACK, None, "password", _password(graph)).having(STACK, None, "id", UNKNOWN),
            VALUE,
        ),
    ),
    compliant=(
        Way("a key in its place", _minted),
        Way("no seed", lambda graph: graph.configured(decoySeed="")),
        Way("names", lambda graph: graph.having(STACK, None, "user", "billing_rw")),
        Way("the same decoy twice", lambda graph: graph.plus(graph.only(SECRET_VERSION), "again")),
        Way(
            "too short to tell",
            lambda graph: graph.having(SECRET_VERSION, None, "secretString", '{"password": "account"}'),
        ),
    ),
    unknown=(Way("the value", lambda graph: graph.having(SECRET_VERSION, None, "secretString", UNKNOWN)),),
)
