from typing import Any

from guardrails.types import SECRET, SECRET_VERSION, TRAIL
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways
from tests.policies.ways.trail.management_events import DATA, MANAGEMENT, NO_DATABASE, NO_KMS, ONLY_READS, ONLY_WRITES

EXCLUDES = "excludes kms.amazonaws.com"
WITHOUT_KMS = {"excludeManagementEventSources": ["rdsdata.amazonaws.com", "kms.amazonaws.com"]}


def _basic(graph: Graph, *selectors: dict[str, Any]) -> Graph:
    return graph.having(TRAIL, None, "eventSelectors", list(selectors))


def _advanced(graph: Graph, *selectors: list[dict[str, Any]]) -> Graph:
    given = [{"fieldSelectors": fields} for fields in selectors]
    return graph.having(TRAIL, None, "eventSelectors", []).having(TRAIL, None, "advancedEventSelectors", given)


WAYS = Ways(
    violations=(
        Way("excluded", lambda graph: _basic(graph, WITHOUT_KMS), EXCLUDES),
        Way(
            "excluded from reads, and Decrypt is one",
            lambda graph: _basic(graph, {**WITHOUT_KMS, "readWriteType": "ReadOnly"}, {"readWriteType": "WriteOnly"}),
            EXCLUDES,
        ),
        Way(
            "excluded, and data events are not",
            lambda graph: _basic(graph, WITHOUT_KMS, {"includeManagementEvents": False}),
            EXCLUDES,
        ),
        Way("advanced: excluded", lambda graph: _advanced(graph, [MANAGEMENT, NO_KMS], DATA), EXCLUDES),
        Way(
            "advanced: excluded from reads",
            lambda graph: _advanced(graph, [MANAGEMENT, NO_KMS, ONLY_READS], [MANAGEMENT, ONLY_WRITES]),
            EXCLUDES,
        ),
    ),
    compliant=(
        Way(
            "another is excluded",
            lambda graph: _basic(graph, {"excludeManagementEventSources": ["rdsdata.amazonaws.com"]}),
        ),
        Way("excluded from one of two", lambda graph: _basic(graph, WITHOUT_KMS, {"readWriteType": "ReadOnly"})),
        Way("advanced: another is excluded", lambda graph: _advanced(graph, [MANAGEMENT, NO_DATABASE])),
        Way(
            "advanced: excluded from writes",
            lambda graph: _advanced(graph, [MANAGEMENT, ONLY_READS], [MANAGEMENT, ONLY_WRITES, NO_KMS]),
        ),
        Way("no secret needs it", lambda graph: _basic(graph.without(SECRET).without(SECRET_VERSION), WITHOUT_KMS)),
    ),
    unknown=(Way("what is excluded", lambda graph: _basic(graph, {"excludeManagementEventSources": [UNKNOWN]})),),
)
