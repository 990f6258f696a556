"""AWS Lambda."""

from ..grant import Grant, ResourceType, Verb
from ..planned import Planned
from .iam import role_given

FUNCTION = "aws:lambda/function:Function"


def _function(key: str, resource: Planned) -> tuple[str, ...]:
    return (resource.arn("lambda", f"function:{resource.name(key)}"),)


TYPES = (
    ResourceType(
        FUNCTION,
        source="internal/service/lambda/function.go",
        on=lambda resource: _function("name", resource),
        grants=(
            Grant(Verb.CREATE, "lambda:CreateFunction"),
            # GetFunction tells the tags to those who may list them; the version and the code signing are asked for at
            # every read.
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
            Grant(Verb.PASS_ROLE, "iam:PassRole", on=role_given("role"), passed_to="lambda.amazonaws.com"),
        ),
    ),
    ResourceType(
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        source="internal/service/lambda/function_event_invoke_config.go",
        on=lambda resource: _function("functionName", resource),
        grants=(
            Grant(Verb.CREATE, "lambda:PutFunctionEventInvokeConfig"),  # for updating, too
            Grant(Verb.READ, "lambda:GetFunctionEventInvokeConfig"),
            Grant(Verb.DELETE, "lambda:DeleteFunctionEventInvokeConfig"),
        ),
    ),
    ResourceType(
        "aws:lambda/permission:Permission",
        source="internal/service/lambda/permission.go",
        on=lambda resource: _function("function", resource),
        grants=(
            Grant(Verb.CREATE, "lambda:AddPermission"),
            Grant(Verb.READ, "lambda:GetPolicy"),
            Grant(Verb.DELETE, "lambda:RemovePermission"),
        ),
    ),
)
