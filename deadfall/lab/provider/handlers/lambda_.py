"""AWS Lambda: functions, who may invoke them, and what happens to failed asynchronous invocations."""

import json
from typing import Any, ClassVar

from ..archive import zipped
from ..aws import Aws
from ..handler import TAGS, Change, Handler, Values, present, wait, without_none
from ..schema import Schema, archive, block, name, number, string, string_map, strings

_CONFIGURATION = (
    "role",
    "handler",
    "runtime",
    "description",
    "timeout",
    "memorySize",
    "environment",
    "deadLetterConfig",
    "tracingConfig",
    "loggingConfig",
    "ephemeralStorage",
    "kmsKeyArn",
)
_DEFAULTS = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "Environment": {"Variables": {}},
    "DeadLetterConfig": {"TargetArn": ""},
    "TracingConfig": {"Mode": "PassThrough"},
    "EphemeralStorage": {"Size": 512},
    "KMSKeyArn": "",
}


class Function(Handler):
    pulumi_type = "aws:lambda/function:Function"
    properties: ClassVar[Schema] = {
        "name": name(64),
        "role": string(required=True),
        "runtime": string(required=True),
        "handler": string(required=True),
        "code": archive(required=True),
        "architectures": strings(),
        "description": string(),
        "timeout": number(),
        "memorySize": number(),
        "environment": block({"variables": string_map()}),
        "deadLetterConfig": block({"targetArn": string(required=True)}),
        "tracingConfig": block({"mode": string(required=True)}),
        "loggingConfig": block(
            {
                "logFormat": string(required=True),
                "logGroup": string(),
                "applicationLogLevel": string(),
                "systemLogLevel": string(),
            }
        ),
        "ephemeralStorage": block({"size": number()}),
        "kmsKeyArn": string(),
        "reservedConcurrentExecutions": number(),
        "tags": TAGS,
    }
    outputs = ("arn", "invokeArn", "lastModified", "qualifiedArn", "codeSha256", "sourceCodeSize", "version")
    set_after_creation = frozenset({"reservedConcurrentExecutions"})

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        aws.client("lambda").create_function(
            FunctionName=inputs["name"],
            Code={"ZipFile": zipped(inputs["code"])},
            Tags=dict(inputs["tagsAll"]),
            **without_none(Architectures=inputs.get("architectures")),
            **_configuration(inputs),
        )
        _settle(aws, inputs["name"])
        return inputs["name"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = present(lambda: aws.client("lambda").get_function(FunctionName=id))
        if found is None:
            return None
        told, arn = found["Configuration"], found["Configuration"]["FunctionArn"]
        observed = {
            "name": told["FunctionName"],
            "arn": arn,
            "qualifiedArn": f"{arn}:{told['Version']}",
            "invokeArn": f"arn:aws:apigateway:{aws.region}:lambda:path/2015-03-31/functions/{arn}/invocations",
            "lastModified": told["LastModified"],
            "codeSha256": told["CodeSha256"],
            "sourceCodeSize": told["CodeSize"],
            "version": told["Version"],
            "role": told["Role"],
            "runtime": told["Runtime"],
            "handler": told["Handler"],
            "timeout": told["Timeout"],
            "memorySize": told["MemorySize"],
            "architectures": told.get("Architectures", ["x86_64"]),
            "reservedConcurrentExecutions": found.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1),
            **({"description": told["Description"]} if told.get("Description") else {}),
            **({"kmsKeyArn": told["KMSKeyArn"]} if told.get("KMSKeyArn") else {}),
            "tagsAll": found.get("Tags", {}),
        }
        if variables := told.get("Environment", {}).get("Variables"):
            observed["environment"] = {"variables": variables}
        if dead_letters := told.get("DeadLetterConfig", {}).get("TargetArn"):
            observed["deadLetterConfig"] = {"targetArn": dead_letters}
        if tracing := told.get("TracingConfig"):
            observed["tracingConfig"] = {"mode": tracing["Mode"]}
        if logging := told.get("LoggingConfig"):
            observed["loggingConfig"] = _camel(logging)
        if storage := told.get("EphemeralStorage"):
            observed["ephemeralStorage"] = {"size": storage["Size"]}
        return observed

    def update(self, aws: Aws, id: str, change: Change) -> None:
        functions, new = aws.client("lambda"), change.new
        if change.of("code", "architectures"):
            functions.update_function_code(
                FunctionName=id, ZipFile=zipped(new["code"]), Architectures=new.get("architectures", ["x86_64"])
            )
            _settle(aws, id)
        if change.of(*_CONFIGURATION):
            cleared = {_pascal(key): _DEFAULTS[_pascal(key)] for key in _CONFIGURATION if _pascal(key) in _DEFAULTS}
            functions.update_function_configuration(FunctionName=id, **cleared | _configuration(new))
            _settle(aws, id)
        if change.of("reservedConcurrentExecutions"):
            reserved = int(new.get("reservedConcurrentExecutions", -1))
            if reserved >= 0:
                functions.put_function_concurrency(FunctionName=id, ReservedConcurrentExecutions=reserved)
            else:
                functions.delete_function_concurrency(FunctionName=id)
        if change.of("tagsAll"):
            arn = aws.arn("lambda", f"function:{id}")
            added, removed = change.tags()
            if removed:
                functions.untag_resource(Resource=arn, TagKeys=removed)
            if added:
                functions.tag_resource(Resource=arn, Tags=added)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("lambda").delete_function(FunctionName=id)


def _settle(aws: Aws, function: str) -> None:
    """Wait out Pending and InProgress: until then, Lambda refuses further changes."""

    def settled() -> bool:
        told = aws.client("lambda").get_function(FunctionName=function)["Configuration"]
        return told.get("State") != "Pending" and told.get("LastUpdateStatus") != "InProgress"

    wait(settled, f"the function {function}")


def _configuration(inputs: Values) -> dict[str, Any]:
    return {
        _pascal(key): {_pascal(k): v for k, v in inputs[key].items()} if isinstance(inputs[key], dict) else inputs[key]
        for key in _CONFIGURATION
        if inputs.get(key) is not None
    }


def _pascal(key: str) -> str:
    return "KMSKeyArn" if key == "kmsKeyArn" else key[0].upper() + key[1:]


def _camel(told: dict[str, Any]) -> dict[str, Any]:
    return {key[0].lower() + key[1:]: value for key, value in told.items() if value}


class Permission(Handler):
    """A statement of a function's resource policy."""

    pulumi_type = "aws:lambda/permission:Permission"
    properties: ClassVar[Schema] = {
        "function": string(required=True, replaces=True),
        "action": string(required=True, replaces=True),
        "principal": string(required=True, replaces=True),
        "sourceArn": string(replaces=True),
        "sourceAccount": string(replaces=True),
        "principalOrgId": string(replaces=True),
        "statementId": name(100),
    }

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        aws.client("lambda").add_permission(
            FunctionName=inputs["function"],
            StatementId=inputs["statementId"],
            Action=inputs["action"],
            Principal=inputs["principal"],
            **without_none(
                SourceArn=inputs.get("sourceArn"),
                SourceAccount=inputs.get("sourceAccount"),
                PrincipalOrgID=inputs.get("principalOrgId"),
            ),
        )
        return inputs["statementId"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = present(lambda: aws.client("lambda").get_policy(FunctionName=state["function"]))
        statements = json.loads(found["Policy"])["Statement"] if found else []
        statement = next((s for s in statements if s["Sid"] == id), None)
        if statement is None:
            return None
        principal = statement["Principal"]
        conditions = {
            key.lower(): value for test in statement.get("Condition", {}).values() for key, value in test.items()
        }
        return {
            "statementId": id,
            "function": state["function"],
            "action": statement["Action"],
            "principal": principal if isinstance(principal, str) else next(iter(principal.values())),
            **without_none(
                sourceArn=conditions.get("aws:sourcearn"),
                sourceAccount=conditions.get("aws:sourceaccount"),
                principalOrgId=conditions.get("aws:principalorgid"),
            ),
        }

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("lambda").remove_permission(FunctionName=state["function"], StatementId=id)


class FunctionEventInvokeConfig(Handler):
    pulumi_type = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    properties: ClassVar[Schema] = {
        "functionName": string(required=True, replaces=True),
        "maximumEventAgeInSeconds": number(),
        "maximumRetryAttempts": number(),
        "destinationConfig": block(
            {
                "onFailure": block({"destination": string(required=True)}),
                "onSuccess": block({"destination": string(required=True)}),
            }
        ),
    }

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        self._put(aws, inputs)
        return inputs["functionName"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        told = present(lambda: aws.client("lambda").get_function_event_invoke_config(FunctionName=id))
        if told is None:
            return None
        destinations = {
            key: {"destination": told["DestinationConfig"][name]["Destination"]}
            for key, name in (("onFailure", "OnFailure"), ("onSuccess", "OnSuccess"))
            if told.get("DestinationConfig", {}).get(name, {}).get("Destination")
        }
        return {
            "functionName": id,
            **without_none(
                maximumEventAgeInSeconds=told.get("MaximumEventAgeInSeconds"),
                maximumRetryAttempts=told.get("MaximumRetryAttempts"),
                destinationConfig=destinations or None,
            ),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        self._put(aws, change.new)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("lambda").delete_function_event_invoke_config(FunctionName=id)

    @staticmethod
    def _put(aws: Aws, inputs: Values) -> None:
        destinations = {
            name: {"Destination": inputs["destinationConfig"][key]["destination"]}
            for key, name in (("onFailure", "OnFailure"), ("onSuccess", "OnSuccess"))
            if (inputs.get("destinationConfig") or {}).get(key)
        }
        aws.client("lambda").put_function_event_invoke_config(
            FunctionName=inputs["functionName"],
            **without_none(
                MaximumEventAgeInSeconds=inputs.get("maximumEventAgeInSeconds"),
                MaximumRetryAttempts=inputs.get("maximumRetryAttempts"),
                DestinationConfig=destinations or None,
            ),
        )
