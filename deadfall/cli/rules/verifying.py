"""`deadfall rules verify --aws`: compare our matchers with AWS's on every rule and every example."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import boto3
import typer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from rich.progress import track

from deadfall.config import StackConfig
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.rules import catalog
from deadfall.rules.examples import Example, examples
from deadfall.rules.sigma.event_bridge.patterns import pattern_text
from deadfall.rules.sigma.parse import RuleError
from deadfall.stack_files import config_of

from . import output
from .options import AsJson, Stack

_MESSAGES = 50  # maximum per TestMetricFilter call (CloudWatch Logs API reference)


class Events(Protocol):
    def test_event_pattern(self, *, EventPattern: str, Event: str) -> Mapping[str, Any]: ...  # noqa: N803


class Logs(Protocol):
    def test_metric_filter(self, *, filterPattern: str, logEventMessages: list[str]) -> Mapping[str, Any]: ...  # noqa: N803


@dataclass(frozen=True)
class Comparison:
    """One pattern and one event: whether AWS and whether our matcher match."""

    rule: str
    back_end: str
    pattern: str
    case: str
    aws: bool
    ours: bool


def verify(
    aws: Annotated[bool, typer.Option("--aws", help="Call AWS with the credentials of this shell.")] = False,
    stack: Stack = "dev",
    as_json: AsJson = False,
) -> None:
    """Compare our matchers with AWS's TestEventPattern and TestMetricFilter, for every rule and every example.

    Both calls are free and neither read nor change anything in the account. Exit status 1 if a result differs.
    """
    with output.exit_on_error():
        if not aws:
            raise RuleError("add --aws to confirm that this may call AWS; `deadfall rules test` works offline")
        config = config_of(stack)
        cases = [case for file in catalog.files() for case in examples(file)]
        session = boto3.Session(region_name=config.home)
        # Both calls have low, undocumented rate limits; adaptive retries slow down as needed.
        patient = Config(retries={"mode": "adaptive", "max_attempts": 10})
        output.print_note("Calling TestEventPattern and TestMetricFilter. Nothing is changed in the account.")
        events: Any = session.client("events", config=patient)
        logs: Any = session.client("logs", config=patient)
        try:
            comparisons = list(compare(config, cases, events, logs))
        except (BotoCoreError, ClientError) as error:
            raise RuleError(
                f"calling AWS failed: {error}; use credentials that allow events:TestEventPattern and "
                "logs:TestMetricFilter"
            ) from None
    wrong = [each for each in comparisons if each.aws != each.ours]
    if as_json:
        output.emit_json([each.__dict__ for each in comparisons])
    else:
        for each in wrong:
            difference = "matches on AWS, not here" if each.aws else "matches here, not on AWS"
            output.print_text(f"{each.rule}: {each.back_end}: '{each.case}' {difference}: {each.pattern}")
    output.print_note(f"{len(comparisons)} comparisons with AWS, {len(wrong)} with a different result.")
    if wrong:
        raise typer.Exit(output.FAILED)


def compare(config: StackConfig, cases: Sequence[Example], events: Events, logs: Logs) -> Iterator[Comparison]:
    """Compare every pattern and filter of a stack's detections on every event of the cases."""
    case_events = [(case.case, event) for case in cases for event in case.events]
    everything = config.model_copy(update={"detections": {}})
    detections = catalog.detections(everything)
    for detection in track(detections, description="Comparing", console=output.aside(), transient=True):
        for pattern in map(pattern_text, detection.compiled.event_patterns):
            yield from _compare_event_bridge(detection.rule.name, pattern, case_events, events)
        for pattern in catalog.filters(detection):
            yield from _compare_metric_filter(detection.rule.name, pattern, case_events, logs)


_Events = Sequence[tuple[str, Mapping[str, Any]]]


def _compare_event_bridge(rule: str, pattern: str, case_events: _Events, events: Events) -> Iterator[Comparison]:
    ours = EventPattern(pattern)
    for case, event in case_events:
        answer = events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"]
        yield Comparison(rule, "eventbridge", pattern, case, answer, ours.matches(event))


def _compare_metric_filter(rule: str, pattern: str, case_events: _Events, logs: Logs) -> Iterator[Comparison]:
    ours = FilterPattern(pattern)
    for start in range(0, len(case_events), _MESSAGES):
        some = case_events[start : start + _MESSAGES]
        # As CloudTrail writes records into a log group: one line of JSON.
        messages = [json.dumps(event["detail"], separators=(",", ":")) for _, event in some]
        answer = logs.test_metric_filter(filterPattern=pattern, logEventMessages=messages)
        matched = {match["eventNumber"] for match in answer["matches"]}  # counted from 1
        for number, ((case, _), message) in enumerate(zip(some, messages, strict=True), 1):
            yield Comparison(rule, "metric-filter", pattern, case, number in matched, ours.matches(message))
