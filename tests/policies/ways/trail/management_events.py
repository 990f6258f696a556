from typing import Any

from guardrails.types import TRAIL
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

READS, WRITES, BOTH = "that are reads;", "that are writes;", "that are reads and writes;"
MANAGEMENT = {"field": "eventCategory", "equals": ["Management"]}
DATA = [{"field": "eventCategory", "equals": ["Data"]}, {"field": "resources.type", "equals": ["AWS::S3::Object"]}]
ONLY_READS = {"field": "readOnly", "equals": ["true"]}
ONLY_WRITES = {"field": "readOnly", "equals": ["false"]}
NO_KMS = {"field": "eventSource", "notEquals": ["kms.amazonaws.com"]}
NO_DATABASE = {"field": "eventSource", "notEquals": ["rdsdata.amazonaws.com"]}
ONLY_S = {"field": "eventSource", "startsWith": ["s"], "notEquals": ["kms.amazonaws.com"]}
ONLY_EC2 = {"field": "eventSource", "equals": ["ec2.amazonaws.com"]}
NO_SIGN_IN = {"field": "eventName", "notEquals": ["ConsoleLogin"]}


def _basic(graph: Graph, *selectors: dict[str, Any]) -> Graph:
    return graph.having(TRAIL, None, "eventSelectors", list(selectors))


def _advanced(graph: Graph, *selectors: list[dict[str, Any]]) -> Graph:
    given = [{"name": f"{index}", "fieldSelectors": fields} for index, fields in enumerate(selectors)]
    return graph.lacking(TRAIL, None, "eventSelectors").having(TRAIL, None, "advancedEventSelectors", given)


WAYS = Ways(
    violations=(
        Way("writes only", lambda graph: _basic(graph, {"readWriteType": "WriteOnly"}), READS),
        Way("reads only", lambda graph: _basic(graph, {"readWriteType": "ReadOnly"}), WRITES),
        Way("no such kind", lambda graph: _basic(graph, {"readWriteType": "Some"}), BOTH),
        Way("no management events", lambda graph: _basic(graph, {"includeManagementEvents": False}), BOTH),
        Way(
            "reads of data events",
            lambda graph: _basic(
                graph, {"readWriteType": "WriteOnly"}, {"readWriteType": "All", "includeManagementEvents": False}
            ),
            READS,
        ),
        Way("advanced: data events only", lambda graph: _advanced(graph, DATA), BOTH),
        Way("advanced: no category", lambda graph: _advanced(graph, [ONLY_READS]), BOTH),
        Way("advanced: writes only", lambda graph: _advanced(graph, [MANAGEMENT, ONLY_WRITES]), READS),
        Way("advanced: reads only", lambda graph: _advanced(graph, [MANAGEMENT, ONLY_READS]), WRITES),
        Way("advanced: of one source", lambda graph: _advanced(graph, [MANAGEMENT, ONLY_EC2]), BOTH),
        Way("advanced: of some sources", lambda graph: _advanced(graph, [MANAGEMENT, ONLY_S]), BOTH),
        Way("advanced: not of one name", lambda graph: _advanced(graph, [MANAGEMENT, NO_SIGN_IN]), BOTH),
    ),
    compliant=(
        Way("none, so all", lambda graph: graph.lacking(TRAIL, None, "eventSelectors")),
        Way("an empty list, so all", lambda graph: _basic(graph)),
        Way("defaults, so all", lambda graph: _basic(graph, {})),
        Way("two", lambda graph: _basic(graph, {"readWriteType": "ReadOnly"}, {"readWriteType": "WriteOnly"})),
        Way(
            "without rdsdata", lambda graph: _basic(graph, {"excludeManagementEventSources": ["rdsdata.amazonaws.com"]})
        ),
        Way("advanced: all", lambda graph: _advanced(graph, [MANAGEMENT], DATA)),
        Way("advanced: two", lambda graph: _advanced(graph, [MANAGEMENT, ONLY_READS], [MANAGEMENT, ONLY_WRITES])),
        Way("advanced: without rdsdata", lambda graph: _advanced(graph, [MANAGEMENT, NO_DATABASE])),
    ),
    unknown=(
        Way("selectors", lambda graph: graph.having(TRAIL, None, "eventSelectors", UNKNOWN)),
        Way("kind of one", lambda graph: _basic(graph, {"readWriteType": UNKNOWN})),
        Way("values of a field", lambda graph: _advanced(graph, [{"field": "eventCategory", "equals": [UNKNOWN]}])),
    ),
)
