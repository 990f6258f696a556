"""Where the lab reaches into MiniStack: every function of it that is replaced or wrapped, in one place.

MiniStack is pinned exactly because of this file. `install` checks that what it replaces is what it expects, and says
so in one sentence when it is not.
"""

import inspect
import json
import logging
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import cbor2  # noqa: F401  MiniStack imports it when CloudWatch is first called, and without it answers with nothing
from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import (
    athena,
    cloudtrail,
    cloudwatch,
    cloudwatch_logs,
    eventbridge,
    iam,
    lambda_svc,
    secretsmanager,
    sns,
    sts,
)

from deadfall.patterns.filter_pattern import FilterPattern

from . import (
    alarm,
    alarm_notification,
    cross_service_checks,
    query_definitions,
    quotas,
    request_validation,
    resource_arn,
    service_access,
)
from .access_denied import denial_message
from .account import CurrentAccount
from .cloudtrail.event_history import EventHistory, InvalidLookupError
from .cloudtrail.identity import Caller
from .event_bus import EventBus
from .journal import Journal
from .request_parser import ApiCall, error_response

_logger = logging.getLogger(__name__)

Handler = Callable[..., Awaitable[tuple[int, dict[str, str], bytes]]]


class MiniStackChangedError(Exception):
    """A function that the lab replaces is not what it was: the lab works with the pinned version only."""


@dataclass
class Inflight:
    """The call that a request makes, while MiniStack serves it. `caller` is None when nobody has such a key."""

    call: ApiCall
    caller: Caller | None
    request_id: str
    is_internal: bool = False
    unauthenticated: bool = False
    checked: bool = False


inflight: ContextVar[Inflight | None] = ContextVar("inflight", default=None)


def install(journal: Journal, event_bus: EventBus, event_history: EventHistory) -> None:
    """Put the lab between MiniStack's parts. Once per process. Raises MiniStackChangedError."""
    _expect(iam_actions, "access_denied_response", "service", "action", "principal_arn", "request_id")
    _expect(iam_actions, "extract_resource_arn", "service", "method", "path")
    _expect(iam_evaluator, "_resolve_condition_key", "key", "ctx")
    _expect(eventbridge, "_dispatch_event", "event", "view")
    _expect(eventbridge, "_apply_input_transformer", "transformer", "rule", "view")
    _expect(cloudwatch, "_evaluate_alarm", "alarm")
    _expect(cloudwatch, "_dispatch_alarm_actions", "alarm", "old_state", "new_state", "reason")
    _expect(cloudwatch_logs, "_compile_filter_pattern", "raw")
    _expect(sns, "_fanout", "topic_arn", "msg_id", "message", "subject")
    _expect(sts, "register_session", "access_key", "session")
    _expect(athena, "_update_workgroup", "data")
    _expect(cloudtrail, "_create_trail", "body")
    _expect(cloudtrail, "_lookup_events", "body")
    _expect(lambda_svc, "_emit_lambda_logs", "func", "request_id", "log_text", "error", "duration_ms")
    _expect(secretsmanager, "_resolve", "secret_id")
    _patch_access_denied_messages()
    _patch_authorized_resource()
    _patch_condition_keys()
    _add_query_definitions()
    _patch_managed_query_results()
    _add_request_checks(journal)
    _patch_event_dispatch(event_bus)
    _patch_alarm_evaluation(journal, event_bus)
    _patch_mail(journal)
    _patch_role_sessions()
    _patch_trail_log_groups()
    _patch_lookup_events(event_history)
    _patch_partial_arn_lookup()
    _patch_function_logs(journal)
    cloudwatch_logs._compile_filter_pattern = lambda raw: FilterPattern(raw or "").matches


def evaluate_alarms() -> None:
    """Evaluate every alarm of every account and region, as CloudWatch does once a minute."""
    scopes = {(account, region) for (account, region, _), _ in cloudwatch._alarms.all_items()}
    for account, region in scopes:
        with request_scope(account, region):
            cloudwatch._evaluate_all_alarms()


def _expect(module: ModuleType, name: str, *parameters: str) -> None:
    found = getattr(module, name, None)
    actual = tuple(inspect.signature(found).parameters)[: len(parameters)] if callable(found) else ()
    if actual != parameters:
        wanted = f"{module.__name__}.{name}({', '.join(parameters)}, ...)"
        raise MiniStackChangedError(f"MiniStack {app._version()} has no {wanted}: install the version that is pinned")


def _patch_access_denied_messages() -> None:
    """MiniStack leaves the resource out of most messages; the responder finds it there and nowhere else."""
    original = iam_actions.access_denied_response

    def access_denied_response(service: str, action: str, principal_arn: str, request_id: str, **details: Any) -> Any:
        current = inflight.get()
        if details.get("error_code"):
            if current:
                current.unauthenticated = True
        elif not details.get("message") and not details.get("resource_policy_arn"):
            details["message"] = denial_message(
                action,
                principal_arn,
                details.get("resource_arn", "*"),
                current.call.parameters if current else {},
                explicit=details.get("explicit_deny", False),
            )
        return original(service, action, principal_arn, request_id, **details)

    iam_actions.access_denied_response = access_denied_response


def _patch_authorized_resource() -> None:
    original = iam_actions.extract_resource_arn

    def extract_resource_arn(*request: Any) -> str:
        current = inflight.get()
        return (current and resource_arn.authorized_resource(current.call, get_account_id())) or original(*request)

    iam_actions.extract_resource_arn = extract_resource_arn


def _patch_condition_keys() -> None:
    """Condition keys that the responder's policy uses and MiniStack does not know: without them it would be denied."""
    original = iam_evaluator._resolve_condition_key

    def _resolve_condition_key(key: str, ctx: Any) -> Any:
        current = inflight.get()
        if key.lower() == "cloudwatch:namespace" and current:
            return current.call.parameters.get("Namespace")
        return original(key, ctx)

    iam_evaluator._resolve_condition_key = _resolve_condition_key


def _add_query_definitions() -> None:
    """MiniStack runs queries of Logs Insights and saves none."""
    handlers: dict[str, Handler] = app.SERVICE_HANDLERS  # type: ignore[assignment]
    original = handlers["logs"]

    async def serve(*request: Any) -> tuple[int, dict[str, str], bytes]:
        current = inflight.get()
        operation = query_definitions.OPERATIONS.get(current.call.operation) if current else None
        if current and operation and current.call.service == "logs":
            return operation(current.call.parameters)
        return await original(*request)

    handlers["logs"] = serve


def _patch_managed_query_results() -> None:
    """MiniStack's UpdateWorkGroup drops whether Athena itself keeps the results; its CreateWorkGroup keeps it."""
    original = athena._update_workgroup

    def _update_workgroup(data: dict[str, Any]) -> Any:
        answer = original(data)
        updates = data.get("ConfigurationUpdates", {}).get("ManagedQueryResultsConfigurationUpdates")
        if answer[0] == 200 and updates:
            configuration = athena._workgroups[data["WorkGroup"]]["Configuration"]
            kept = configuration.get("ManagedQueryResultsConfiguration", {}) | updates
            if kept.pop("RemoveEncryptionConfiguration", False):
                kept.pop("EncryptionConfiguration", None)
            configuration["ManagedQueryResultsConfiguration"] = kept
        return answer

    athena._update_workgroup = _update_workgroup


def _add_request_checks(journal: Journal) -> None:
    """Check calls after IAM has let them through and before the service acts: AWS refuses in that order too."""

    def guarded(handler: Handler) -> Handler:
        async def serve(*request: Any) -> tuple[int, dict[str, str], bytes]:
            current = inflight.get()
            if current and current.caller and not current.is_internal and not current.checked:
                current.checked = True
                call = current.call
                refusal = (
                    request_validation.check(call)
                    or quotas.check(call, CurrentAccount(current.caller))
                    or cross_service_checks.check(call)
                )
                if refusal:
                    journal.add("refused", service=call.service, operation=call.operation, reason=refusal.message)
                    return error_response(call, refusal.code, refusal.message, refusal.status, current.request_id)
            return await handler(*request)

        return serve

    handlers: dict[str, Handler] = app.SERVICE_HANDLERS  # type: ignore[assignment]
    for name, handler in handlers.items():
        handlers[name] = guarded(handler)


def _patch_event_dispatch(event_bus: EventBus) -> None:
    def _dispatch_event(event: dict[str, Any], view: Any = None) -> None:
        view = view or eventbridge._pattern_event_view(event)
        event_bus.publish(view.event_with_detail(), event.get("EventBusName", "default"))

    eventbridge._dispatch_event = _dispatch_event


def _patch_alarm_evaluation(journal: Journal, event_bus: EventBus) -> None:
    evaluate_elsewhere = cloudwatch._evaluate_alarm
    announced: dict[str, dict[str, Any]] = {}  # by alarm ARN, the state that was announced last

    def _evaluate_alarm(metric_alarm: dict[str, Any]) -> None:
        if metric_alarm.get("ComparisonOperator") not in alarm.COMPARISONS or not metric_alarm.get("MetricName"):
            evaluate_elsewhere(metric_alarm)  # metric math and anomaly bands: as MiniStack has them
            return
        verdict = alarm.evaluate(metric_alarm, _datapoints(metric_alarm), datetime.now(UTC))
        previous = metric_alarm["StateValue"]
        if verdict is None or verdict.state == previous:
            return
        metric_alarm["StateValue"], metric_alarm["StateReason"] = verdict.state, verdict.reason
        metric_alarm["StateReasonData"] = alarm.reason_data_text(verdict.reason_data)
        metric_alarm["StateUpdatedTimestamp"] = int(time.time())
        name = metric_alarm["AlarmName"]
        cloudwatch._record_history(name, previous, verdict.state, verdict.reason, reason_data=verdict.reason_data)
        cloudwatch._dispatch_alarm_actions(metric_alarm, previous, verdict.state, verdict.reason)
        cloudwatch._evaluate_parent_alarms(metric_alarm)

    def _dispatch_alarm_actions(changed: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
        now, account, region, arn = datetime.now(UTC), get_account_id(), get_region(), changed["AlarmArn"]
        journal.add("alarm", name=changed["AlarmName"], region=region, old=old_state, new=new_state, reason=reason)
        state = {"value": new_state, "reason": reason, "timestamp": alarm.timestamp(now)}
        if changed.get("StateReasonData"):
            state["reasonData"] = changed["StateReasonData"]
        previous = announced.get(arn) or {"value": old_state, "timestamp": alarm.timestamp(now)}
        announced[arn] = state
        _notify_topics(changed, old_state, new_state, reason, now, journal)
        event_bus.publish(alarm.state_change_event(changed, account, region, state, previous, now))

    def _evaluate_all_alarms() -> None:
        for name, metric_alarm in list(cloudwatch._alarms.items()):
            try:
                cloudwatch._evaluate_alarm(metric_alarm)
            except Exception as error:  # MiniStack keeps quiet here; the other alarms must go on all the same
                _logger.exception("alarm %s was not evaluated", name)
                journal.add("undelivered", alarm=name, reason=str(error))

    cloudwatch._evaluate_alarm = _evaluate_alarm
    cloudwatch._evaluate_all_alarms = _evaluate_all_alarms
    cloudwatch._dispatch_alarm_actions = _dispatch_alarm_actions


def _notify_topics(
    changed: dict[str, Any], old_state: str, new_state: str, reason: str, now: datetime, journal: Journal
) -> None:
    """Publish to the topics that let CloudWatch publish. On AWS the others stay silent; here the journal says so."""
    account, region = get_account_id(), get_region()
    message = alarm_notification.message(changed, account, region, old_state, new_state, reason, now)
    subject = alarm_notification.subject(changed, new_state, region)
    for action in alarm_notification.actions(changed, new_state):
        outcome = "failed"
        if ":sns:" not in action:
            outcome = "not emulated"
        elif service_access.topic_accepts(action, "cloudwatch.amazonaws.com", changed["AlarmArn"]):
            sns.publish_internal(action, json.dumps(message), subject, message_structure="json")
            outcome = "delivered"
        journal.add("alarm-action", name=changed["AlarmName"], action=action, outcome=outcome)


def _datapoints(metric_alarm: dict[str, Any]) -> list[alarm.Datapoint]:
    """The alarm's statistic over its last periods, the newest first.

    Periods count back from now, not from the full minute, so that a hit is seen at once and for one whole period.
    """
    period, now = metric_alarm["Period"], time.time()
    wanted = {dimension["Name"]: dimension["Value"] for dimension in metric_alarm.get("Dimensions") or []}
    key = (metric_alarm["Namespace"], metric_alarm["MetricName"], cloudwatch._dims_key(wanted))
    points = list(cloudwatch._metrics.get(key) or [])
    found = []
    for index in range(metric_alarm["EvaluationPeriods"]):
        end = now - index * period
        inside = [point for point in points if end - period < point["Timestamp"] <= end]
        if inside:
            statistic = metric_alarm.get("ExtendedStatistic") or metric_alarm.get("Statistic", "Average")
            value: Any = cloudwatch._stat_value(cloudwatch._calc_stats(inside), statistic, inside)
            first = min(point["Timestamp"] for point in inside)
            found.append(alarm.Datapoint(int(first // 60 * 60), float(value), len(inside)))
    return found


def _patch_mail(journal: Journal) -> None:
    """E-mail subscriptions count as confirmed; what SNS would mail goes to the journal."""
    original = sns._fanout

    def _fanout(topic_arn: str, msg_id: str, message: str, subject: str, *rest: Any, **named: Any) -> None:
        topic = sns._topic_by_arn_any_scope(topic_arn)
        structure = rest[0] if rest else named.get("message_structure", "")
        attributes = (rest[1] if len(rest) > 1 else named.get("message_attributes")) or {}
        for subscription in topic["subscriptions"] if topic else ():
            protocol = subscription["protocol"]
            if protocol not in ("email", "email-json") or not subscription["confirmed"]:
                continue
            body = sns._resolve_message_for_protocol(message, structure, protocol)
            if sns._matches_filter_policy(subscription, attributes, body):
                heading = subject or "AWS Notification Message"
                journal.add("mail", to=subscription["endpoint"], subject=heading, body=body, topic=topic_arn)
        original(topic_arn, msg_id, message, subject, *rest, **named)

    sns._fanout = _fanout


def _patch_role_sessions() -> None:
    """MiniStack names a function's session by its role's name; `aws:userid` and CloudTrail have the role's id."""
    original = sts.register_session

    def register_session(access_key: str, session: dict[str, Any]) -> None:
        arn = session.get("Arn", "")
        if ":assumed-role/" in arn:
            _, role_name, session_name = arn.split("/", 2)
            role = iam._roles.get_scoped(arn.split(":")[4], None, role_name)
            if role:
                session["UserId"] = f"{role['RoleId']}:{session_name}"
        original(access_key, session)

    sts.register_session = register_session


def _patch_trail_log_groups() -> None:
    """MiniStack's CreateTrail drops the log group and its role; its UpdateTrail keeps them."""
    original = cloudtrail._create_trail

    def _create_trail(body: dict[str, Any]) -> Any:
        answer = original(body)
        kept = {name: body[name] for name in ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn") if body.get(name)}
        if answer[0] == 200 and kept:
            return cloudtrail._update_trail({"Name": body["Name"], **kept})
        return answer

    cloudtrail._DISPATCH["CreateTrail"] = _create_trail


def _patch_lookup_events(event_history: EventHistory) -> None:
    """MiniStack's LookupEvents has its own idea of what was called; the lab's records are what CloudTrail has."""

    def _lookup_events(body: dict[str, Any]) -> Any:
        try:
            return cloudtrail._ok(event_history.look_up(get_account_id(), get_region(), body))
        except InvalidLookupError as error:
            return cloudtrail._err(error.code, str(error))

    cloudtrail._DISPATCH["LookupEvents"] = _lookup_events


def _patch_partial_arn_lookup() -> None:
    """A partial ARN lacks the hyphen and six characters at the end, and nothing else; MiniStack takes any beginning.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
    """
    original = secretsmanager._resolve

    def _resolve(secret_id: str, **options: Any) -> Any:
        key, secret = original(secret_id, **options)
        if (
            not secret
            or not secret_id.startswith("arn:")
            or secret["ARN"] in (secret_id, secret_id + secret["ARN"][-7:])
        ):
            return key, secret
        for key, secret in list(secretsmanager._secrets.items()):
            if secret["ARN"][:-7] == secret_id:
                return key, secret
        return None, None

    secretsmanager._resolve = _resolve


def _patch_function_logs(journal: Journal) -> None:
    """Lambda writes logs with the function's role; a log group that is gone comes back only if the role may make it.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """
    original = lambda_svc._emit_lambda_logs

    def _emit_lambda_logs(func: dict[str, Any], *rest: Any, **named: Any) -> None:
        configuration = func.get("config") or func
        name = configuration["FunctionName"]
        group = (configuration.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
        arn = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}"
        needed = [("logs:CreateLogStream", f"{arn}:log-stream:new"), ("logs:PutLogEvents", f"{arn}:log-stream:new")]
        if group not in cloudwatch_logs._log_groups:
            needed.insert(0, ("logs:CreateLogGroup", arn))
        for action, resource in needed:
            if not service_access.role_allows(configuration["Role"], "lambda.amazonaws.com", action, resource):
                journal.add("unlogged", function=name, log_group=group, reason=f"its role does not allow {action}")
                return
        original(func, *rest, **named)

    lambda_svc._emit_lambda_logs = _emit_lambda_logs
