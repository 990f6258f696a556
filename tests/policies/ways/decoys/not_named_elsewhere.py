from collections.abc import Callable
from dataclasses import replace

from guardrails.types import EVENT_RULE, FUNCTION, METRIC_ALARM, METRIC_FILTER, ROLE, ROLE_POLICY, SECRET, TOPIC
from tests.policies.assets import archive
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways


def _with(type: str, name: str | None, path: str, value: object) -> Callable[[Graph], Graph]:
    return lambda graph: graph.having(type, name, path, value)


def _refreshed(graph: Graph) -> Graph:
    """With the role's inline policies among its outputs, as the provider reads them back."""
    policies = [{"name": "respond", "policy": graph.only(ROLE_POLICY, "responder").at("policy")}]
    return graph.mutated(
        lambda role: replace(role, outputs={**role.outputs, "inlinePolicies": policies}), ROLE, "responder"
    )


SECRET_TOLD = "names the decoy prod/billing/postgres"

WAYS = Ways(
    violations=(
        Way("alarm", _with(METRIC_ALARM, "root-use", "alarmDescription", "On prod/billing/postgres."), SECRET_TOLD),
        Way("in prod", _with(METRIC_ALARM, "root-use", "alarmDescription", "prod/crm/mysql"), "crm/mysql", "prod"),
        Way("spelled otherwise", _with(TOPIC, "alarms", "displayName", "Prod_Billing_Postgres"), SECRET_TOLD),
        Way("a user", _with(TOPIC, "alarms", "displayName", "x svc-billing-export"), "decoy svc-billing-export"),
        Way("tag", _with(TOPIC, "alarms", "tags", {"For": "prod-billing-postgres"}), "tags.For names the decoy"),
        Way("rule", _with(EVENT_RULE, "root-use-us-east-1", "description", "prod/billing/postgres"), SECRET_TOLD),
        Way("filter", _with(METRIC_FILTER, "root-use", "metricTransformation.unit", "svc-billing-export"), "decoy svc"),
        Way("environment", _with(FUNCTION, None, "environment.variables.X", "prod/billing/postgres"), SECRET_TOLD),
        Way(
            "beside a name that is not known",
            lambda graph: graph.having(SECRET, "prod/crm/mysql-eu-west-1", "name", UNKNOWN).having(
                TOPIC, "alarms", "displayName", "prod/billing/postgres"
            ),
            SECRET_TOLD,
            "prod",
        ),
    ),
    compliant=(
        Way("part of a name", _with(TOPIC, "alarms", "displayName", "prod billing")),
        Way("within words", _with(TOPIC, "alarms", "displayName", "nonprod/billing/postgresql")),
        Way("tags of all", _with(TOPIC, "alarms", "tagsAll", {"Team": "svc-billing-export"})),
        Way("code", _with(FUNCTION, None, "code", archive("on prod/billing/postgres"))),
        Way("what AWS says of the role afterwards", _refreshed),
        Way("of itself", _with(SECRET, None, "description", "prod/billing/postgres, application user")),
    ),
    unknown=(Way("a decoy's name", _with(SECRET, None, "name", UNKNOWN)),),
)
