"""Event rules and where they lead, as guardrails on the stack follow them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pulumi_policy import PolicyResource

from deadfall.patterns.event_pattern import EventPattern

from . import arns, stack_config
from .patterns import Known, certainly_matches, event_pattern
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
        pattern = event_pattern(str(rule.props.get("eventPattern")))
        if not pattern:
            continue
        targets = [str(target.props.get("arn")) for target in targets_of(rule, resources)]
        to_bus = any((parsed := arns.parse(target)) and parsed.service == "events" for target in targets)
        found.append(Route(stack_config.region_of(rule), pattern, bool(functions.intersection(targets)), to_bus))
    return found


def reaches_function(event: Known, region: str, among: Sequence[Route]) -> bool:
    """Return whether an event of a region certainly reaches a function: there, or at home, where other regions' buses
    lead (detection-target-ours checks that it is the home bus)."""
    here = [route for route in among if route.region == region]
    if any(route.to_function and certainly_matches(route.pattern, event) for route in here):
        return True
    at_home = (route for route in among if route.region == stack_config.home() and route.to_function)
    return any(route.to_bus and certainly_matches(route.pattern, event) for route in here) and any(
        certainly_matches(route.pattern, event) for route in at_home
    )


def of_type(resources: Iterable[PolicyResource], *types: str) -> list[PolicyResource]:
    return [resource for resource in resources if resource.resource_type in types]


def arn_of(resource: PolicyResource, service: str, kind: str = "") -> str:
    """The ARN of a named resource of this account, composed, since AWS's own is not known in a preview."""
    return stack_config.names().arn(service, f"{kind}{resource.props.get('name')}", stack_config.region_of(resource))


def targets_of(rule: PolicyResource, resources: Iterable[PolicyResource]) -> Iterator[PolicyResource]:
    """Targets are attached by the rule's name, in the rule's region."""
    place = rule.props.get("name"), stack_config.region_of(rule)
    for target in of_type(resources, EVENT_TARGET):
        if (target.props.get("rule"), stack_config.region_of(target)) == place:
            yield target


def rule_arn(target: PolicyResource) -> str:
    """The ARN of the rule that a target is attached to, on the default bus."""
    return stack_config.names().arn("events", f"rule/{target.props.get('rule')}", stack_config.region_of(target))
