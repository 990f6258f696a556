"""`deadfall rules verify --aws`: AWS's own matchers, asked about every rule and every example."""

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

_MESSAGES = 50  # TestMetricFilter takes no more at once (CloudWatch Logs API reference)


class Events(Protocol):
    def test_event_pattern(self, *, EventPattern: str, Event: str) -> Mapping[str, Any]: ...  # noqa: N803


class Logs(Protocol):
    def test_metric_filter(self, *, filterPattern: str, logEventMessages: list[str]) -> Mapping[str, Any]: ...  # noqa: N803


@dataclass(frozen=True)
class Asked:
    """One pattern and one event: what AWS answered, and what our matcher does."""

    rule: str
    back_end: str
    pattern: str
    case: str
    aws: bool
    ours: bool


def verify(
    aws: Annotated[bool, typer.Option("--aws", help="Ask AWS, with the credentials of this shell.")] = False,
    stack: Stack = "dev",
    as_json: AsJson = False,
) -> None:
    """Ask AWS itself whether patterns match: TestEventPattern and TestMetricFilter, for every rule and every example.

    Both calls only answer a question: nothing is made, changed or read in the account, and both are free. Exit status 1
    if AWS answers otherwise than our matchers.
    """
    with output.one_sentence():
        if not aws:
            raise RuleError("say --aws, for this asks AWS; `deadfall rules test` asks our own matchers")
        config = config_of(stack)
        cases = [case for file in catalog.files() for case in examples(file)]
        session = boto3.Session(region_name=config.home)
        # Both calls have low rates, which AWS doesn't state: adaptive slows down to what is answered.
        patient = Config(retries={"mode": "adaptive", "max_attempts": 10})
        output.say("Asking AWS. Nothing is changed: TestEventPattern and TestMetricFilter only answer.")
        events: Any = session.client("events", config=patient)
        logs: Any = session.client("logs", config=patient)
        try:
            found = list(ask(config, cases, events, logs))
        except (BotoCoreError, ClientError) as error:
            raise RuleError(
                f"AWS can't be asked: {error}; it takes credentials that allow events:TestEventPattern and "
                "logs:TestMetricFilter"
            ) from None
    wrong = [each for each in found if each.aws != each.ours]
    if as_json:
        output.emit_json([each.__dict__ for each in found])
    else:
        for each in wrong:
            said = "matches on AWS, not here" if each.aws else "matches here, not on AWS"
            output.tell(f"{each.rule}: {each.back_end}: '{each.case}' {said}: {each.pattern}")
    output.say(f"{len(found)} questions to AWS, {len(wrong)} with another answer than here.")
    if wrong:
        raise typer.Exit(output.NO)


def ask(config: StackConfig, cases: Sequence[Example], events: Events, logs: Logs) -> Iterator[Asked]:
    """Every pattern and every filter of a stack's detections on every event of the cases."""
    told = [(case.case, event) for case in cases for event in case.events]
    everything = config.model_copy(update={"detections": {}})
    detections = catalog.detections(everything)
    for detection in track(detections, description="Asking", console=output.aside(), transient=True):
        for pattern in map(pattern_text, detection.compiled.event_patterns):
            yield from _of_event_bridge(detection.rule.name, pattern, told, events)
        for pattern in catalog.filters(detection):
            yield from _of_metric_filter(detection.rule.name, pattern, told, logs)


_Told = Sequence[tuple[str, Mapping[str, Any]]]


def _of_event_bridge(rule: str, pattern: str, told: _Told, events: Events) -> Iterator[Asked]:
    ours = EventPattern(pattern)
    for case, event in told:
        answer = events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"]
        yield Asked(rule, "eventbridge", pattern, case, answer, ours.matches(event))


def _of_metric_filter(rule: str, pattern: str, told: _Told, logs: Logs) -> Iterator[Asked]:
    ours = FilterPattern(pattern)
    for start in range(0, len(told), _MESSAGES):
        some = told[start : start + _MESSAGES]
        # As CloudTrail writes records into a log group: one line of JSON.
        messages = [json.dumps(event["detail"], separators=(",", ":")) for _, event in some]
        answer = logs.test_metric_filter(filterPattern=pattern, logEventMessages=messages)
        matched = {match["eventNumber"] for match in answer["matches"]}  # counted from 1
        for number, ((case, _), message) in enumerate(zip(some, messages, strict=True), 1):
            yield Asked(rule, "metric-filter", pattern, case, number in matched, ours.matches(message))
