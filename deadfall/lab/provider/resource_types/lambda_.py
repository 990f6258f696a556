"""AWS Lambda: functions, permissions to invoke them, and the handling of failed asynchronous invocations."""

import json
from typing import Any, ClassVar

from ..archive import zip_archive
from ..aws import Aws
from ..grants import DeployPermissions, Grant, PlannedResource, Verb
from ..resource_type import TAGS, Change, ResourceType, Values, none_if_missing, wait, without_none
from ..schema import Schema, archive, block, name, number, string, string_map, strings
from .iam import role_from_input

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


def _function_arns(key: str, resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("lambda", f"function:{resource.name(key)}"),)


class Function(ResourceType):
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
    deploy_permissions = DeployPermissions(
        source="internal/service/lambda/function.go",
        on=lambda resource: _function_arns("name", resource),
        grants=(
            Grant(Verb.CREATE, "lambda:CreateFunction"),
            # GetFunction returns tags only to callers with ListTags; the provider also reads versions and code signing.
            Grant(
                Verb.READ,
                "lambda:GetFunction lambda:GetFunctionCodeSigningConfig lambda:ListTags lambda:ListVersionsByFunction",
            ),
            Grant(Verb.UPDATE, "lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration"),
            Grant(
                Verb.UPDATE,
                "lambda:PutFunctionConcurrency",
                when=lambda resource: resource.get("reservedConcurrentExecutions") is not None,
            ),
            Grant(Verb.DELETE, "lambda:DeleteFunction"),
            Grant(Verb.TAG, "lambda:TagResource lambda:UntagResource"),
            Grant(Verb.PASS_ROLE, "iam:PassRole", on=role_from_input("role"), passed_to="lambda.amazonaws.com"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        aws.client("lambda").create_function(
            FunctionName=inputs["name"],
            Code={"ZipFile": zip_archive(inputs["code"])},
            Tags=dict(inputs["tagsAll"]),
            **without_none(Architectures=inputs.get("architectures")),
            **_configuration(inputs),
        )
        _settle(aws, inputs["name"])
        return inputs["name"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("lambda").get_function(FunctionName=id))
        if found is None:
            return None
        response, arn = found["Configuration"], found["Configuration"]["FunctionArn"]
        observed = {
            "name": response["FunctionName"],
            "arn": arn,
            "qualifiedArn": f"{arn}:{response['Version']}",
            "invokeArn": f"arn:aws:apigateway:{aws.region}:lambda:path/2015-03-31/functions/{arn}/invocations",
            "lastModified": response["LastModified"],
            "codeSha256": response["CodeSha256"],
            "sourceCodeSize": response["CodeSize"],
            "version": response["Version"],
            "role": response["Role"],
            "runtime": response["Runtime"],
            "handler": response["Handler"],
            "timeout": response["Timeout"],
            "memorySize": response["MemorySize"],
            "architectures": response.get("Architectures", ["x86_64"]),
            "reservedConcurrentExecutions": found.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1),
            **({"description": response["Description"]} if response.get("Description") else {}),
            **({"kmsKeyArn": response["KMSKeyArn"]} if response.get("KMSKeyArn") else {}),
            "tagsAll": found.get("Tags", {}),
        }
        if variables := response.get("Environment", {}).get("Variables"):
            observed["environment"] = {"variables": variables}
        if dead_letters := response.get("DeadLetterConfig", {}).get("TargetArn"):
            observed["deadLetterConfig"] = {"targetArn": dead_letters}
        if tracing := response.get("TracingConfig"):
            observed["tracingConfig"] = {"mode": tracing["Mode"]}
        if logging := response.get("LoggingConfig"):
            observed["loggingConfig"] = _camel(logging)
        if storage := response.get("EphemeralStorage"):
            observed["ephemeralStorage"] = {"size": storage["Size"]}
        return observed

    def update(self, aws: Aws, id: str, change: Change) -> None:
        functions, new = aws.client("lambda"), change.new
        if change.any_of("code", "architectures"):
            functions.update_function_code(
                FunctionName=id, ZipFile=zip_archive(new["code"]), Architectures=new.get("architectures", ["x86_64"])
            )
            _settle(aws, id)
        if change.any_of(*_CONFIGURATION):
            cleared = {_pascal(key): _DEFAULTS[_pascal(key)] for key in _CONFIGURATION if _pascal(key) in _DEFAULTS}
            functions.update_function_configuration(FunctionName=id, **cleared | _configuration(new))
            _settle(aws, id)
        if change.any_of("reservedConcurrentExecutions"):
            reserved = int(new.get("reservedConcurrentExecutions", -1))
            if reserved >= 0:
                functions.put_function_concurrency(FunctionName=id, ReservedConcurrentExecutions=reserved)
            else:
                functions.delete_function_concurrency(FunctionName=id)
        if change.any_of("tagsAll"):
            arn = aws.arn("lambda", f"function:{id}")
            added, removed = change.tags()
            if removed:
                functions.untag_resource(Resource=arn, TagKeys=removed)
            if added:
                functions.tag_resource(Resource=arn, Tags=added)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("lambda").delete_function(FunctionName=id)


def _settle(aws: Aws, function: str) -> None:
    """Wait until the function is neither Pending nor InProgress: until then, Lambda rejects further changes."""

    def settled() -> bool:
        response = aws.client("lambda").get_function(FunctionName=function)["Configuration"]
        return response.get("State") != "Pending" and response.get("LastUpdateStatus") != "InProgress"

    wait(settled, f"the function {function}")


def _configuration(inputs: Values) -> dict[str, Any]:
    return {
        _pascal(key): {_pascal(k): v for k, v in inputs[key].items()} if isinstance(inputs[key], dict) else inputs[key]
        for key in _CONFIGURATION
        if inputs.get(key) is not None
    }


def _pascal(key: str) -> str:
    return "KMSKeyArn" if key == "kmsKeyArn" else key[0].upper() + key[1:]


def _camel(response: dict[str, Any]) -> dict[str, Any]:
    return {key[0].lower() + key[1:]: value for key, value in response.items() if value}


class Permission(ResourceType):
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
    deploy_permissions = DeployPermissions(
        source="internal/service/lambda/permission.go",
        on=lambda resource: _function_arns("function", resource),
        grants=(
            Grant(Verb.CREATE, "lambda:AddPermission"),
            Grant(Verb.READ, "lambda:GetPolicy"),
            Grant(Verb.DELETE, "lambda:RemovePermission"),
        ),
    )

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
        found = none_if_missing(lambda: aws.client("lambda").get_policy(FunctionName=state["function"]))
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


class FunctionEventInvokeConfig(ResourceType):
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
    deploy_permissions = DeployPermissions(
        source="internal/service/lambda/function_event_invoke_config.go",
        on=lambda resource: _function_arns("functionName", resource),
        grants=(
            Grant(Verb.CREATE, "lambda:PutFunctionEventInvokeConfig"),  # for updating, too
            Grant(Verb.READ, "lambda:GetFunctionEventInvokeConfig"),
            Grant(Verb.DELETE, "lambda:DeleteFunctionEventInvokeConfig"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        self._put(aws, inputs)
        return inputs["functionName"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        response = none_if_missing(lambda: aws.client("lambda").get_function_event_invoke_config(FunctionName=id))
        if response is None:
            return None
        destinations = {
            key: {"destination": response["DestinationConfig"][name]["Destination"]}
            for key, name in (("onFailure", "OnFailure"), ("onSuccess", "OnSuccess"))
            if response.get("DestinationConfig", {}).get(name, {}).get("Destination")
        }
        return {
            "functionName": id,
            **without_none(
                maximumEventAgeInSeconds=response.get("MaximumEventAgeInSeconds"),
                maximumRetryAttempts=response.get("MaximumRetryAttempts"),
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
