"""Saved queries of CloudWatch Logs Insights, which MiniStack lacks.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html

The form of a call is validated beforehand (request_validation.py). Neither the query text nor the existence of its log
groups is checked: AWS does not document what it does about either.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, error_response_json, json_response

_PAGE = 1000

_definitions = AccountRegionScopedDict()  # by id

Response = tuple[int, dict[str, str], bytes]


def _put(parameters: Mapping[str, Any]) -> Response:
    """Create or replace a query. An update removes the properties that it does not set."""
    definition_id = parameters.get("queryDefinitionId")
    if definition_id is None:
        definition_id = str(uuid.uuid4())
    elif definition_id not in _definitions:
        return _unknown(definition_id)
    _definitions[definition_id] = {
        "queryDefinitionId": definition_id,
        "queryLanguage": parameters.get("queryLanguage", "CWLI"),
        "name": parameters["name"],
        "queryString": parameters["queryString"],
        "logGroupNames": parameters.get("logGroupNames", []),
        "lastModified": int(time.time() * 1000),
    }
    return json_response({"queryDefinitionId": definition_id})


def _describe(parameters: Mapping[str, Any]) -> Response:
    named = [
        each
        for each in _definitions.values()
        if each["name"].startswith(parameters.get("queryDefinitionNamePrefix", ""))
    ]
    named.sort(key=lambda each: (each["name"], each["queryDefinitionId"]))
    start = int(parameters.get("nextToken", 0))
    end = start + parameters.get("maxResults", _PAGE)
    more = {"nextToken": str(end)} if end < len(named) else {}
    return json_response({"queryDefinitions": named[start:end], **more})


def _delete(parameters: Mapping[str, Any]) -> Response:
    definition_id = parameters["queryDefinitionId"]
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
