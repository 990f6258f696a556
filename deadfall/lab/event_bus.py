"""Delivery of events as in EventBridge: rule states, patterns, permissions, buses in other regions, dead letters.

MiniStack stores rules and targets and renders input transformers. It does not support the rule state for read-only
events, event buses in other regions, dead-letter queues or target permissions, so this module delivers the events.
"""

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import eventbridge, lambda_svc, sns, sqs

from deadfall.patterns.aws_limits import MAX_ASYNC_PAYLOAD_BYTES, MAX_EVENT_BYTES
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.event_pattern_index import EventPatternIndex

from . import service_access
from .journal import Journal

SERVICE = "events.amazonaws.com"
ALL_MANAGEMENT_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

_logger = logging.getLogger(__name__)
_pattern = lru_cache(maxsize=1024)(EventPattern)


@lru_cache(maxsize=32)
def _index(patterns: tuple[str, ...]) -> EventPatternIndex:
    return EventPatternIndex(map(_pattern, patterns))


Event = Mapping[str, Any]


@dataclass(frozen=True)
class _TargetError(Exception):
    code: str
    message: str


def reaches_rule(rule_state: str, event: Event) -> bool:
    """Return whether EventBridge evaluates the pattern of a rule in this state for the event.

    Read-only management events reach only the state for them. Two AWS pages define these events differently: by the
    record's readOnly, or by names that start with Get, List or Describe (docs/aws-facts.md, read-only-two-readings).
    The lab uses readOnly, the stricter definition: a rule that fires in the lab fires under both.
    """
    if rule_state == ALL_MANAGEMENT_EVENTS:
        return True
    detail = event["detail"]
    is_read = (
        event["detail-type"] == "AWS API Call via CloudTrail"
        and detail.get("managementEvent", True)
        and detail.get("readOnly") is True
    )
    return rule_state == "ENABLED" and not is_read


def cloudtrail_event(record: Mapping[str, Any]) -> dict[str, Any]:
    """Wrap a CloudTrail record in EventBridge's envelope."""
    return {
        "version": "0",
        "id": record["eventID"],
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws." + record["eventSource"].split(".")[0],
        "account": record["recipientAccountId"],
        "time": record["eventTime"],
        "region": record["awsRegion"],
        "resources": [],
        "detail": dict(record),
    }


class EventBus:
    """Matches events against the rules of a bus and invokes their targets. Failed events go to dead-letter queues."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def publish(self, event: Event, bus: str = "default") -> None:
        """Send an event to the rules of a bus in the event's own account and region.

        Not verified on AWS: that an event beyond the bus's limit is lost (docs/aws-facts.md, eventbridge-entry-size).
        """
        if _size(json.dumps(event, ensure_ascii=False, separators=(",", ":"))) > MAX_EVENT_BYTES:
            self._journal.add("undelivered", event_id=event["id"], reason=f"over {MAX_EVENT_BYTES:,} bytes")
            return
        self._publish(event, bus, event["region"], hops=0)

    def _publish(self, event: Event, bus: str, region: str, *, hops: int) -> None:
        """Send an event to the rules of a bus in `region`; `hops` is the number of buses that it came from."""
        account = event["account"]
        with request_scope(account, region):
            candidates = [
                (key, rule)
                for key, rule in eventbridge._rules.items()
                if rule["EventBusName"] == bus and rule.get("EventPattern") and reaches_rule(rule["State"], event)
            ]
            index = _index(tuple(rule["EventPattern"] for _, rule in candidates))
            for position in index.matching(event):
                key, rule = candidates[position]
                self._journal.add("rule", rule=rule["Name"], region=region, account=account, event_id=event["id"])
                for target in list(eventbridge._targets.get(key) or []):
                    self._deliver(event, rule, target, region, hops)

    def _deliver(
        self, event: Event, rule: Mapping[str, Any], target: Mapping[str, Any], region: str, hops: int
    ) -> None:
        outcome, reason = "delivered", None
        try:
            self._invoke(event, rule, target, region, hops)
        except _TargetError as failure:
            outcome, reason = "failed", f"{failure.code}: {failure.message}"
        except Exception as error:  # the other targets still receive the event
            _logger.exception("rule %s: target %s", rule["Name"], target["Arn"])
            outcome, reason = "failed", f"INTERNAL_ERROR: {error}"
        if reason:
            _logger.warning("rule %s: target %s: %s", rule["Name"], target["Arn"], reason)
        self._journal.add(
            "target",
            rule=rule["Name"],
            target=target["Arn"],
            region=region,
            event_id=event["id"],
            outcome=outcome,
            **({"reason": reason} if reason else {}),
        )
        if reason:
            self._send_to_dead_letter_queue(event, rule, target, reason)

    def _invoke(self, event: Event, rule: Mapping[str, Any], target: Mapping[str, Any], region: str, hops: int) -> None:
        arn = target["Arn"]
        service, target_region = arn.split(":")[2:4]
        if service == "events":
            self._forward(event, rule, target, hops)
            return
        if target_region != region:
            raise _TargetError("INVALID_PARAMETER", f"a target in {target_region} cannot be invoked from {region}")
        payload = _input(event, rule, target)
        if service == "lambda":
            if _size(payload) > MAX_ASYNC_PAYLOAD_BYTES:  # the code is not verified on AWS
                raise _TargetError("INVALID_PARAMETER", f"the input has over {MAX_ASYNC_PAYLOAD_BYTES:,} bytes")
            function, config, _ = lambda_svc._get_func_record_for_ref(arn)
            if function is None or config is None:
                raise _TargetError("RESOURCE_NOT_FOUND", f"no function {arn}")
            if not service_access.function_accepts(arn, SERVICE, rule["Arn"]):
                raise _TargetError("NO_PERMISSIONS", f"{arn} does not allow {SERVICE} to invoke it for {rule['Arn']}")
            lambda_svc.invoke_async_with_retry(
                lambda_svc._execution_record_for_config(function, config), _json(payload)
            )
        elif service == "sqs":
            if not service_access.queue_accepts(arn, SERVICE, rule["Arn"]):
                raise _TargetError("NO_PERMISSIONS", f"{arn} does not allow {SERVICE} to send to it for {rule['Arn']}")
            send_to_queue(arn, payload, {})
        elif service == "sns":
            if not service_access.topic_accepts(arn, SERVICE, rule["Arn"]):
                raise _TargetError(
                    "NO_PERMISSIONS", f"{arn} does not allow {SERVICE} to publish to it for {rule['Arn']}"
                )
            sns.publish_internal(arn, payload)
        else:
            raise _TargetError("NOT_EMULATED", f"the lab does not deliver to {service} targets")

    def _forward(self, event: Event, rule: Mapping[str, Any], target: Mapping[str, Any], hops: int) -> None:
        """Forward an event unchanged to another bus, in this or another region, at most once.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html
        """
        arn, role = target["Arn"], target.get("RoleArn", "")
        _, _, _, bus_region, bus_account, resource = arn.split(":", 5)
        bus = resource.removeprefix("event-bus/")
        if bus_account != event["account"]:
            raise _TargetError("NOT_EMULATED", "the lab does not deliver to event buses of other accounts")
        if hops:
            raise _TargetError("INVALID_PARAMETER", "an event that came from another bus is not forwarded again")
        if not service_access.role_allows(role, SERVICE, "events:PutEvents", arn):
            raise _TargetError("NO_PERMISSIONS", f"{SERVICE} cannot put events on {arn} as {role or 'no role'}")
        self._publish(event, bus, bus_region, hops=hops + 1)

    def _send_to_dead_letter_queue(
        self, event: Event, rule: Mapping[str, Any], target: Mapping[str, Any], reason: str
    ) -> None:
        """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"""
        queue = (target.get("DeadLetterConfig") or {}).get("Arn")
        code, _, message = reason.partition(": ")
        accepted = queue is not None and service_access.queue_accepts(queue, SERVICE, rule["Arn"])
        if queue is not None and accepted:
            attributes = {
                "RULE_ARN": rule["Arn"],
                "TARGET_ARN": target["Arn"],
                "ERROR_CODE": code,
                "ERROR_MESSAGE": message,
            }
            send_to_queue(queue, json.dumps(event), attributes)
        self._journal.add(
            "dead-letter",
            rule=rule["Name"],
            target=target["Arn"],
            queue=queue,
            event_id=event["id"],
            outcome="queued" if accepted else "lost",
            reason=reason,
        )


def send_to_queue(queue_arn: str, body: str, attributes: Mapping[str, str]) -> None:
    """Put a message directly into one of MiniStack's queues."""
    queue: Any = sqs._queue_by_arn(queue_arn)
    now = time.time()
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    message = {
        "id": sqs.new_uuid(),
        "body": body,
        "message_attributes": typed,
        "md5_attrs": sqs._md5_msg_attrs(typed),
        "receipt_handle": None,
        "sent_at": now,
        "visible_at": now + sqs.queue_delay(queue),
        "receive_count": 0,
    }
    sqs._ensure_msg_fields(message)
    queue["messages"].append(message)
    sqs.esm_wake.set()


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _json(payload: str) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        raise _TargetError("INVALID_JSON", f"the target's input is not valid JSON: {payload[:200]}") from None


class _View:
    """Adapts an event to MiniStack's input transformer."""

    def __init__(self, event: Event) -> None:
        self._event = event

    def event_with_detail(self) -> dict[str, Any]:
        return dict(self._event)

    def envelope(self) -> dict[str, Any]:
        return {name: value for name, value in self._event.items() if name != "detail"}


def _input(event: Event, rule: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Return the target's payload: the event, or the result of its Input, InputPath or InputTransformer."""
    if transformer := target.get("InputTransformer"):
        return eventbridge._apply_input_transformer(transformer, rule, _View(event))
    if constant := target.get("Input"):
        return constant
    found: Any = event
    for step in target.get("InputPath", "").lstrip("$").split("."):
        if step:
            found = found.get(step) if isinstance(found, dict) else None
    return json.dumps(found)
