"""`requestParameters` of S3 records, which are the request as it was on the wire rather than the API's parameters."""

import json
from typing import Any

from ..request_parser import ApiCall

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def s3_request_parameters(call: ApiCall) -> dict[str, Any]:
    """Host, bucket name, the sub-resource of the query string (with an empty value), the body by its root's name."""
    parameters, shape = call.parameters, call.model.input_shape
    bucket = parameters.get("Bucket")
    host = f"s3.{call.region}.amazonaws.com"
    shown: dict[str, Any] = {"Host": f"{bucket}.{host}" if bucket else host}
    if bucket:
        shown["bucketName"] = bucket
    sub_resource = call.model.http["requestUri"].partition("?")[2].partition("&")[0]
    if sub_resource:
        shown[sub_resource] = ""
    payload = shape.serialization.get("payload")
    for name, value in parameters.items():
        where = shape.members[name].serialization
        if name == payload and sub_resource == "policy":
            shown["bucketPolicy"] = _json_or_text(value)
        elif name == payload and isinstance(value, dict):
            root = _wire_structure(value, shape.members[name])
            shown[where.get("name", name)] = {"xmlns": _NAMESPACE, **root}
        elif where.get("location") in ("header", "querystring") and isinstance(value, str | int | bool):
            header = where["name"]
            if header.startswith("x-amz-") and not header.startswith("x-amz-checksum") and "sdk-" not in header:
                shown[header] = value
    return shown


def _wire_structure(value: Any, shape: Any) -> Any:
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            shape.members[name].serialization.get("name", name): _wire_structure(member, shape.members[name])
            for name, member in value.items()
        }
    if shape.type_name == "list" and isinstance(value, list):
        items = [_wire_structure(item, shape.member) for item in value]
        if shape.serialization.get("flattened"):
            return items[0] if len(items) == 1 else items
        inner = shape.member.serialization.get("name", "member")
        return {inner: items[0] if len(items) == 1 else items}
    return value


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
