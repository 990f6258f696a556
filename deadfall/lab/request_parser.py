"""One AWS API request as it is on the wire, read back into the call that it is.

Everything comes from botocore's service models: the lab knows no service by heart. Bodies are parsed by botocore's own
*response* parsers, fed with the operation's input shape: in JSON, XML and CBOR a structure looks the same in both
directions. Only the query protocol has no such twin.
"""

import base64
import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote
from xml.sax.saxutils import escape

from botocore.awsrequest import HeadersDict
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import ResponseParserError, create_parser
from botocore.utils import parse_timestamp

# Names in a request's credential scope that are not the name of botocore's model, or stand for several models.
_MODELS_OF_SIGNING_NAME = {
    "access-analyzer": ("accessanalyzer",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "bedrock": ("bedrock", "bedrock-runtime", "bedrock-agent", "bedrock-agent-runtime"),
    "cloudcontrolapi": ("cloudcontrol",),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "elasticmapreduce": ("emr",),
    "es": ("opensearch", "es"),
    "monitoring": ("cloudwatch",),
    "s3": ("s3", "s3control"),
    "servicequotas": ("service-quotas",),
    "ses": ("sesv2", "ses"),
    "sso": ("sso-admin",),
    "sso-oauth": ("sso-oidc",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}
_loader = Loader()

Shape = Any  # botocore's model.Shape: botocore has no type information, and its lazy properties confuse type checkers


@dataclass(frozen=True)
class ApiCall:
    """One call: which operation, in which region, signed by which key, with which parameters.

    `service` is botocore's name of the service, `parameters` are typed as its model says (timestamps are aware
    datetimes, blobs bytes). `unknown` names parameters that the model does not have; `malformed` says why the body
    could not be read, in which case `parameters` is empty. `protocol` is the one that the caller spoke.
    """

    service: str
    operation: str
    region: str
    access_key_id: str
    protocol: str
    parameters: dict[str, Any] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    malformed: str | None = None

    @property
    def model(self) -> Any:
        """botocore's OperationModel of the call."""
        return service_model(self.service).operation_model(self.operation)


@dataclass(frozen=True)
class ApiResponse:
    """What the service answered: the output typed as its model says, or an error code and message."""

    status: int
    output: dict[str, Any]
    error_code: str | None = None
    error_message: str | None = None


@cache
def service_model(service: str) -> Any:
    """botocore's ServiceModel of a service. Raises botocore's UnknownServiceError."""
    return ServiceModel(_loader.load_service_model(service, "service-2"), service)


def credential_scope(headers: dict[str, str], query: str) -> tuple[str, str, str] | None:
    """(access key id, region, signing name) of a request signed with SigV4, or None when it is not signed."""
    found = re.search(r"Credential=([^,\s]+)", headers.get("authorization", ""))
    scope = found.group(1) if found else dict(parse_qsl(query)).get("X-Amz-Credential", "")
    parts = scope.split("/")
    return (parts[0], parts[2], parts[3]) if len(parts) >= 5 else None


def parse_request(method: str, raw_path: str, query: str, headers: dict[str, str], body: bytes) -> ApiCall | None:
    """Read one request; None when it is not a signed call of an operation that botocore knows.

    `raw_path` is the path as sent (percent-encoded), `headers` has lower-case names.
    """
    scope = credential_scope(headers, query)
    if scope is None:
        return None
    access_key_id, region, signing_name = scope
    for service in _MODELS_OF_SIGNING_NAME.get(signing_name, (signing_name,)):
        try:
            model = service_model(service)
        except UnknownServiceError:
            return None
        protocol, operation, labels = _operation(model, method, raw_path, query, headers, body)
        if operation is None:
            continue
        try:
            parameters, unknown = _parameters(operation, protocol, labels, query, headers, body)
        except (ResponseParserError, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
            # botocore's parsers raise what Python raises when a body does not have the shape of its model.
            return ApiCall(service, operation.name, region, access_key_id, protocol, malformed=str(error))
        return ApiCall(service, operation.name, region, access_key_id, protocol, parameters, tuple(unknown))
    return None


def parse_response(call: ApiCall, status: int, headers: dict[str, str], body: bytes) -> ApiResponse:
    """Read the service's answer to `call`. A body that cannot be read counts as an empty one."""
    response = {"status_code": status, "headers": HeadersDict(headers), "body": body, "context": {}}
    shape = call.model.output_shape
    try:
        if shape is not None and _streams(shape) and status < 301:
            return ApiResponse(status, {})
        parsed = create_parser(call.protocol).parse(response, shape)
    except (ResponseParserError, ValueError, TypeError, AttributeError, KeyError):
        return ApiResponse(status, {}) if status < 301 else ApiResponse(status, {}, str(status), "")
    parsed.pop("ResponseMetadata", None)
    if status < 301:
        return ApiResponse(status, parsed)
    error = parsed.get("Error", {})
    return ApiResponse(status, {}, str(error.get("Code") or status), str(error.get("Message") or ""))


def error_response(
    call: ApiCall, code: str, message: str, status: int, request_id: str
) -> tuple[int, dict[str, str], bytes]:
    """The answer (status, headers, body) that makes an SDK raise `code` with `message`, in the caller's protocol."""
    headers = {"x-amzn-requestid": request_id}
    metadata = service_model(call.service).metadata
    if "awsQueryCompatible" in metadata and call.protocol != "query":
        headers["x-amzn-query-error"] = f"{code};Sender"
    if call.protocol == "smithy-rpc-v2-cbor":
        headers |= {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return status, headers, _cbor_text_map({"__type": code, "message": message})
    if call.protocol in ("json", "rest-json"):
        headers["content-type"] = f"application/x-amz-json-{metadata.get('jsonVersion', '1.1')}"
        if call.protocol == "rest-json":
            headers |= {"content-type": "application/json", "x-amzn-errortype": code}
        return status, headers, json.dumps({"__type": code, "message": message}).encode()
    headers["content-type"] = "text/xml"
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if call.protocol == "rest-xml":
        return status, headers, f"<Error>{error}<RequestId>{request_id}</RequestId></Error>".encode()
    if call.protocol == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        return status, headers, body.encode()
    namespace = metadata.get("xmlNamespace", "")
    body = (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>Sender</Type>{error}</Error>'
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return status, headers, body.encode()


def _operation(
    model: Any, method: str, raw_path: str, query: str, headers: dict[str, str], body: bytes
) -> tuple[str, Any, dict[str, str]]:
    """(protocol spoken, operation, URI labels) of a request; the operation is None when this model has no such one."""
    labels: dict[str, str] = {}
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        protocol, name = "smithy-rpc-v2-cbor", raw_path.rpartition("/operation/")[2]
    elif target := headers.get("x-amz-target"):
        prefix, _, name = target.rpartition(".")
        protocol = "json"
        if prefix != model.metadata.get("targetPrefix"):
            return protocol, None, labels
    elif model.protocol.startswith("rest-"):
        protocol = model.protocol
        name, labels = _rest_operation(model, method, raw_path, query, headers)
    else:
        protocol = "ec2" if model.protocol == "ec2" else "query"
        name = _form(query, body).get("Action", "")
    known = name in model.operation_names
    return protocol, model.operation_model(name) if known else None, labels


def _rest_operation(
    model: Any, method: str, raw_path: str, query: str, headers: dict[str, str]
) -> tuple[str, dict[str, str]]:
    given = parse_qs(query, keep_blank_values=True)
    for route in _routes(model.service_name):
        match = route.path.fullmatch(raw_path) if route.method == method else None
        if (
            match
            and all(key in given and value in ("", given[key][0]) for key, value in route.literals)
            and all(key in given for key in route.required_query)
            and all(name in headers for name in route.required_headers)
        ):
            labels = zip(route.labels, match.groups(), strict=True)
            return route.operation, {label: unquote(value) for label, value in labels}
    return "", {}


@dataclass(frozen=True)
class _Route:
    operation: str
    method: str
    path: re.Pattern[str]
    labels: tuple[str, ...]
    literals: tuple[tuple[str, str], ...]  # query keys, with their values, that stand in the URI template
    required_query: tuple[str, ...]
    required_headers: tuple[str, ...]


@cache
def _routes(service: str) -> list[_Route]:
    """Every REST operation of a service, the most particular first: S3 tells operations apart by query and header."""
    model = service_model(service)
    routes = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        template, _, query = operation.http["requestUri"].partition("?")
        pieces = re.split(r"({[^}]+})", template)
        pattern = "".join(
            re.escape(piece) if not piece.startswith("{") else "(.+)" if piece.endswith("+}") else "([^/]+)"
            for piece in pieces
        )
        greedy = template.endswith("+}")
        required = [
            shape.serialization
            for member, shape in (operation.input_shape.members.items() if operation.input_shape else ())
            if member in operation.input_shape.required_members
        ]
        routes.append(
            _Route(
                name,
                operation.http["method"],
                re.compile(pattern if greedy else pattern.rstrip("/") + "/?", re.DOTALL),
                tuple(piece[1:-1].rstrip("+") for piece in pieces if piece.startswith("{")),
                tuple(parse_qsl(query, keep_blank_values=True)),
                tuple(where["name"] for where in required if where.get("location") == "querystring"),
                tuple(where["name"].lower() for where in required if where.get("location") == "header"),
            )
        )
    return sorted(
        routes,
        key=lambda route: (
            model.operation_model(route.operation).deprecated,  # its URI is that of the operation which replaced it
            -len(route.literals) - len(route.required_query) - len(route.required_headers),
            len(route.labels),
        ),
    )


def _parameters(
    operation: Any, protocol: str, labels: dict[str, str], query: str, headers: dict[str, str], body: bytes
) -> tuple[dict[str, Any], list[str]]:
    """(typed parameters, names of unknown ones) of a request. Raises what the parsers raise on a malformed body."""
    shape = operation.input_shape
    if shape is None:
        return {}, []
    if protocol in ("query", "ec2"):
        return _FormReader(_form(query, body), ec2=protocol == "ec2").read(shape)
    payload = shape.serialization.get("payload")
    is_document = payload is None or shape.members[payload].type_name == "structure"
    document = body if is_document else b""  # anything else is the body itself, and no matter for a parser
    parser = create_parser(protocol)
    raw: Any = None
    if protocol in ("json", "rest-json") and is_document:
        raw = json.loads(document or b"{}")  # botocore's parser takes broken JSON for an error message
    elif protocol == "smithy-rpc-v2-cbor" and body:
        raw = parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))  # type: ignore[attr-defined]
    request = {"status_code": 200, "headers": HeadersDict(headers), "body": document, "context": {}}
    parameters: dict[str, Any] = parser.parse(request, shape)
    parameters.pop("ResponseMetadata", None)
    if payload and not is_document:
        parameters[payload] = body.decode() if shape.members[payload].type_name == "string" else body
    for member in shape.members:
        empty_map = shape.members[member].serialization.get("location") == "headers" and not parameters.get(member)
        if empty_map or (member == payload and (not body or (is_document and body == b"{}"))):
            parameters.pop(member, None)  # the parser makes something of what was not sent
    if protocol in ("rest-xml", "rest-json"):
        parameters |= _labels_and_query(shape, labels, query)
    return parameters, list(_unknown_members(raw, shape.members[payload] if payload and is_document else shape))


def _labels_and_query(shape: Shape, labels: dict[str, str], query: str) -> dict[str, Any]:
    given = parse_qs(query, keep_blank_values=True)
    found: dict[str, Any] = {}
    for member, member_shape in shape.members.items():
        location, name = member_shape.serialization.get("location"), member_shape.serialization.get("name", member)
        if location == "uri" and name in labels:
            found[member] = _scalar(member_shape, labels[name])
        elif location == "querystring" and member_shape.type_name == "list" and name in given:
            found[member] = [_scalar(member_shape.member, value) for value in given[name]]
        elif location == "querystring" and name in given:
            found[member] = _scalar(member_shape, given[name][0])
    return found


def _unknown_members(raw: Any, shape: Shape, path: str = "") -> Any:
    """Yield the path of every key of a decoded document that its shape does not have."""
    if shape.type_name == "structure" and isinstance(raw, dict) and not shape.is_document_type:
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for key, value in raw.items():
            here = f"{path}.{key}".lstrip(".")
            if key in names:
                yield from _unknown_members(value, names[key], here)
            elif value is not None and key != "__type":
                yield here
    elif shape.type_name == "list" and isinstance(raw, list):
        for index, value in enumerate(raw, 1):
            yield from _unknown_members(value, shape.member, f"{path}.{index}")
    elif shape.type_name == "map" and isinstance(raw, dict):
        for key, value in raw.items():
            yield from _unknown_members(value, shape.value, f"{path}.{key}")


def _form(query: str, body: bytes) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True) + parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    return {key: value for key, value in pairs if not key.startswith("X-Amz-")}


class _FormReader:
    """The query protocol (and EC2's dialect of it), read back by the model: `Tags.member.1.Key=a` and so on."""

    def __init__(self, form: dict[str, str], *, ec2: bool) -> None:
        self._form, self._ec2 = form, ec2
        self._read: set[str] = {"Action", "Version"}

    def read(self, shape: Shape) -> tuple[dict[str, Any], list[str]]:
        parameters = self._structure(shape, "")
        return parameters, sorted(self._form.keys() - self._read)

    def _value(self, shape: Shape, prefix: str) -> Any:
        if shape.type_name == "structure":
            return self._structure(shape, prefix + ".")
        if shape.type_name == "list":
            return self._list(shape, prefix)
        if shape.type_name == "map":
            return self._map(shape, prefix)
        self._read.add(prefix)
        return _scalar(shape, self._form[prefix])

    def _structure(self, shape: Shape, prefix: str) -> dict[str, Any]:
        found = {}
        for member, member_shape in shape.members.items():
            key = prefix + self._name(member_shape, member)
            if self._given(self._list_prefix(member_shape, key)) or key in self._form:
                found[member] = self._value(member_shape, key)
        return found

    def _list(self, shape: Shape, prefix: str) -> list[Any]:
        if self._form.get(prefix) == "":
            self._read.add(prefix)
            return []
        prefix = self._list_prefix(shape, prefix)
        return [self._value(shape.member, f"{prefix}.{index}") for index in self._indices(prefix)]

    def _map(self, shape: Shape, prefix: str) -> dict[Any, Any]:
        if not shape.serialization.get("flattened"):
            prefix += ".entry"
        key_name, value_name = self._name(shape.key, "key"), self._name(shape.value, "value")
        return {
            self._value(shape.key, f"{prefix}.{index}.{key_name}"): self._value(
                shape.value, f"{prefix}.{index}.{value_name}"
            )
            for index in self._indices(prefix)
        }

    def _list_prefix(self, shape: Shape, prefix: str) -> str:
        if shape.type_name != "list" or self._ec2:
            return prefix
        if not shape.serialization.get("flattened"):
            return f"{prefix}.{shape.member.serialization.get('name', 'member')}"
        renamed = shape.member.serialization.get("name")
        return ".".join([*prefix.split(".")[:-1], renamed]) if renamed else prefix

    def _name(self, shape: Shape, default: str) -> str:
        name = shape.serialization.get("name", default)
        if not self._ec2:
            return name
        return shape.serialization.get("queryName") or (name[0].upper() + name[1:] if name != default else default)

    def _given(self, prefix: str) -> bool:
        return prefix in self._form or any(key.startswith(prefix + ".") for key in self._form)

    def _indices(self, prefix: str) -> list[int]:
        start = len(prefix) + 1
        found = {key[start:].split(".")[0] for key in self._form if key.startswith(prefix + ".")}
        return sorted(int(index) for index in found if index.isdigit())


def _scalar(shape: Shape, text: str) -> Any:
    """A value that travelled as text. Raises ValueError when it is not of the shape's type."""
    match shape.type_name:
        case "integer" | "long":
            return int(text)
        case "float" | "double":
            return float(text)
        case "boolean":
            return {"true": True, "false": False}[text.lower()]
        case "timestamp":
            return parse_timestamp(text)
        case "blob":
            return base64.b64decode(text, validate=True)
    return text


def _streams(shape: Shape) -> bool:
    payload = shape.serialization.get("payload")
    return bool(payload) and shape.type_name == "structure" and shape.members[payload].type_name == "blob"


def _cbor_text_map(items: dict[str, str]) -> bytes:
    """CBOR (RFC 8949) of a small map from text to text, which is all that an error needs."""

    def text(value: str) -> bytes:
        data = value.encode()
        return b"\x79" + len(data).to_bytes(2, "big") + data

    return bytes([0xA0 + len(items)]) + b"".join(text(part) for item in items.items() for part in item)
