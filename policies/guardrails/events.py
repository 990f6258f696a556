"""Event rules and where they lead, as guardrails on the stack follow them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pulumi_policy import PolicyResource

from . import arns, stack_config
from .event_pattern import EventPattern, InvalidPattern, Value
from .types import EVENT_RULE, EVENT_TARGET, FUNCTION


@dataclass(frozen=True)
class Route:
    """A rule with its targets: whether one is a function of the stack, whether one is another event bus."""

    region: str
    pattern: EventPattern
    to_function: bool
    to_bus: bool


def routes(resources: Iterable[PolicyResource]) -> list[Route]:
    """Every rule with a pattern that can be read (detection-rule-pattern reports the others)."""
    resources = list(resources)
    functions = {arn_of(function, "lambda", "function:") for function in of_type(resources, FUNCTION)}
    found: list[Route] = []
    for rule in of_type(resources, EVENT_RULE):
        try:
            pattern = EventPattern.of(rule.props.get("eventPattern"))
        except InvalidPattern:
            continue
        targets = [str(target.props.get("arn")) for target in targets_of(rule, resources)]
        to_bus = any((parsed := arns.parse(target)) and parsed.service == "events" for target in targets)
        found.append(Route(stack_config.region_of(rule), pattern, bool(functions.intersection(targets)), to_bus))
    return found


def reaches_function(event: Mapping[str, Value], region: str, among: Iterable[Route]) -> bool:
    """Whether an event of a region certainly reaches a function: there, or at home, where other regions' buses lead
    (that it is the home bus is what detection-target-ours demands)."""
    home = stack_config.home()
    matching = [route for route in among if route.region in (region, home) and route.pattern.certainly_matches(event)]
    here = [route for route in matching if route.region == region]
    if any(route.to_function for route in here):
        return True
    return any(route.to_bus for route in here) and any(route.to_function for route in matching if route.region == home)


def home_bus() -> str:
    """The ARN of the home region's default bus."""
    return arns.compose("events", stack_config.home(), stack_config.account_id(), "event-bus/default")


def of_type(resources: Iterable[PolicyResource], *types: str) -> list[PolicyResource]:
    return [resource for resource in resources if resource.resource_type in types]


def arn_of(resource: PolicyResource, service: str, kind: str = "") -> str:
    """The ARN of a named resource of this account, composed, since AWS's own is not known in a preview."""
    region, account = stack_config.region_of(resource), stack_config.account_id()
    return arns.compose(service, region, account, f"{kind}{resource.props.get('name')}")


def targets_of(rule: PolicyResource, resources: Iterable[PolicyResource]) -> Iterator[PolicyResource]:
    """Targets are attached by the rule's name, in the rule's region."""
    place = rule.props.get("name"), stack_config.region_of(rule)
    for target in of_type(resources, EVENT_TARGET):
        if (target.props.get("rule"), stack_config.region_of(target)) == place:
            yield target


def rule_arn(target: PolicyResource) -> str:
    """The ARN of the rule that a target is attached to, on the default bus."""
    region, account = stack_config.region_of(target), stack_config.account_id()
    return arns.compose("events", region, account, f"rule/{target.props.get('rule')}")
