"""Saved queries of CloudWatch Logs Insights, which MiniStack has not.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html

What a call may say is checked before (strict.py). Nobody checks the query itself, or whether its log groups are there:
what AWS does about them is not documented.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, error_response_json, json_response

_PAGE = 1000

_definitions = AccountRegionScopedDict()  # by id

Response = tuple[int, dict[str, str], bytes]


def _put(asked: Mapping[str, Any]) -> Response:
    """An update sets everything anew: what it leaves out is gone."""
    definition_id = asked.get("queryDefinitionId")
    if definition_id is None:
        definition_id = str(uuid.uuid4())
    elif definition_id not in _definitions:
        return _unknown(definition_id)
    _definitions[definition_id] = {
        "queryDefinitionId": definition_id,
        "queryLanguage": asked.get("queryLanguage", "CWLI"),
        "name": asked["name"],
        "queryString": asked["queryString"],
        "logGroupNames": asked.get("logGroupNames", []),
        "lastModified": int(time.time() * 1000),
    }
    return json_response({"queryDefinitionId": definition_id})


def _describe(asked: Mapping[str, Any]) -> Response:
    named = [
        each for each in _definitions.values() if each["name"].startswith(asked.get("queryDefinitionNamePrefix", ""))
    ]
    named.sort(key=lambda each: (each["name"], each["queryDefinitionId"]))
    start = int(asked.get("nextToken", 0))
    end = start + asked.get("maxResults", _PAGE)
    more = {"nextToken": str(end)} if end < len(named) else {}
    return json_response({"queryDefinitions": named[start:end], **more})


def _delete(asked: Mapping[str, Any]) -> Response:
    definition_id = asked["queryDefinitionId"]
    if definition_id not in _definitions:
        return _unknown(definition_id)
    del _definitions[definition_id]
    return json_response({"success": True})


def _unknown(definition_id: str) -> Response:
    return error_response_json("ResourceNotFoundException", f"Query definition does not exist: {definition_id}")


OPERATIONS: Mapping[str, Callable[[Mapping[str, Any]], Response]] = {
    "PutQueryDefinition": _put,
    "DescribeQueryDefinitions": _describe,
    "DeleteQueryDefinition": _delete,
}
