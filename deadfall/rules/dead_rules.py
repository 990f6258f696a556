"""Warn about rules, or parts of rules, that can never match a record.

A rule that can't match compiles like any other, and then detects nothing. The condition is written as alternatives; in
each, every test is checked alone, and then against the others. What isn't certain is not reported, with one exception:
names that botocore's models lack, which are often misspelt, and sometimes events without a public API call.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from deadfall.config import StackConfig, Trail
from deadfall.patterns.condition import Exists, Not, Null, Regex, SameAs, Test, Text
from deadfall.patterns.normal_form import normal_form

from .dead.alternatives import Alternative, Choice, FormLeaf, alternatives, field_of, leaves
from .dead.contradictions import contradiction
from .dead.events import Events, name_problem, source_problem
from .dead.fields import field_problem, value_problem
from .dead.wording import describe
from .sigma.rule import Rule

_MOST = 3
"""Maximum reasons in the sentence about a whole rule."""


def dead_rule_warnings(rule: Rule, config: StackConfig | None = None) -> list[str]:
    """Return one sentence for each part of the rule that can never match, with the reason and the remedy.

    Args:
        config: the stack whose trail records the events; without it, a trail with Deadfall's defaults.
    """
    found = [*_never(rule, config.trail if config else Trail()), *_pointless(rule), *_unused(rule)]
    return [f"{rule.name}: {sentence}" for sentence in dict.fromkeys(found)]


def _never(rule: Rule, trail: Trail) -> Iterator[str]:
    """Return sentences about tests that can't pass; a single one if the whole rule can't match."""
    form = normal_form(rule.condition)
    found = alternatives(form)
    # If there are too many, each test is checked alone.
    checked = [_check(each, rule, trail) for each in found or [((leaf,),) for leaf in leaves(form)]]
    if found and all(each.dies for each in checked):
        reasons = dict.fromkeys(reason for each in checked for reason in each.reasons.values())
        yield f"this rule can never match, because {_joined(reasons)}"
    else:
        yield from _dead_tests(checked)


def _dead_tests(checked: Sequence["_Checked"]) -> Iterator[str]:
    """Return a sentence about each test that can pass in no alternative, unless one with the same reason exists."""
    tests = {id(leaf): leaf for each in checked for choice in each.alternative for leaf in choice}
    own: dict[int, list[str | None]] = defaultdict(list)
    others: dict[int, list[str | None]] = defaultdict(list)
    for each in checked:
        first = next(iter(each.reasons.values())) if each.dies else None
        for key in (id(leaf) for choice in each.alternative for leaf in choice):
            own[key].append(each.reasons.get(key))
            others[key].append(each.reasons.get(key) or first)
    reported: set[str | None] = set()
    for key, reasons in (*own.items(), *others.items()):
        if all(reasons) and reported.isdisjoint(reasons):
            reported.update(reasons)
            yield f"{describe(tests[key])} can never match, because {reasons[0]}"


def _joined(reasons: Iterable[str]) -> str:
    listed = list(reasons)
    more = f"; and {len(listed) - _MOST} more reasons" if len(listed) > _MOST else ""
    return "; and because ".join(listed[:_MOST]) + more


@dataclass(frozen=True)
class _Checked:
    """An alternative, why tests of it can't pass (by their identity), and whether it therefore can't hold."""

    alternative: Alternative
    reasons: Mapping[int, str]
    dies: bool


def _check(alternative: Alternative, rule: Rule, trail: Trail) -> _Checked:
    reasons: dict[int, str] = {}
    events = Events(alternative, trail) if rule.service == "cloudtrail" else None
    for leaf in (leaf for choice in alternative for leaf in choice):
        if reason := _impossible(leaf, events):
            reasons[id(leaf)] = reason

    def alive(choice: Choice) -> list[FormLeaf]:
        return [leaf for leaf in choice if id(leaf) not in reasons]

    related = [pair for pair in _pairs(alternative) if _are_related(*pair)]
    changed = True
    while changed and all(map(alive, alternative)):
        changed = False
        for choice, other in related:
            for leaf in alive(choice):
                against = [contradiction(leaf, each) for each in alive(other)]
                if against and all(against):
                    reasons[id(leaf)] = f"{against[0]}; remove one of the two"
                    changed = True
    if events and all(map(alive, alternative)) and (reason := events.conflict()):
        named = next(choice for choice in alternative if field_of(choice[0]) == "eventName")
        reasons |= {id(leaf): reason for leaf in named}
    return _Checked(alternative, reasons, not all(map(alive, alternative)))


def _pairs(alternative: Alternative) -> Iterator[tuple[Choice, Choice]]:
    """Return the pairs of different choices that may contradict; two that only exclude values never do."""
    excluding, others = [], []
    for choice in alternative:
        only_excludes = all(isinstance(leaf, Not) and isinstance(leaf.of, Test) for leaf in choice)
        (excluding if only_excludes else others).append(choice)
    for one in others:
        yield from ((one, two) for two in others if one is not two)
        for two in excluding:
            yield one, two
            yield two, one


def _are_related(one: Choice, other: Choice) -> bool:
    """Return whether the choices test the same field, or a field and one in it; only such tests can contradict."""
    fields, others = ({f"{field_of(leaf)}." for leaf in choice} for choice in (one, other))
    return any(a.startswith(b) or b.startswith(a) for a in fields for b in others)


def _impossible(leaf: FormLeaf, events: Events | None) -> str | None:
    """Return why the test can't pass, by itself or for the events of its alternative."""
    if events is None:
        return value_problem(leaf) if isinstance(leaf, Test) else None
    needed = _needed_fields(leaf)
    reasons = (reason for field in needed for reason in (field_problem(field), events.field_problem(field)) if reason)
    if reason := next(reasons, None):
        return reason
    return value_problem(leaf) or events.problem(leaf) if isinstance(leaf, Test) else None


def _needed_fields(leaf: FormLeaf) -> tuple[str, ...]:
    """Return the fields that must exist for the test to pass."""
    match leaf:
        case Test() | Exists(there=True):
            return (leaf.field,)
        case SameAs():
            return (leaf.field, leaf.other)
        case Not(of=Null(field=field)):
            return (field,)
    return ()


def _pointless(rule: Rule) -> Iterator[str]:
    """Return sentences about tests that always pass, and so exclude nothing."""
    if rule.service != "cloudtrail":
        return
    for leaf in leaves(normal_form(rule.condition)):
        match leaf:
            case Not(of=Test() as test):
                if reason := field_problem(test.field) or value_problem(test) or _unknown_event(test):
                    yield f"{describe(leaf)} excludes nothing, because {reason}"
            case Null() | Exists(there=False):
                if reason := field_problem(leaf.field):
                    yield f"the test for {describe(leaf)} always passes, because {reason}"
    for field in rule.count.group_by if rule.count else ():
        if reason := field_problem(field):
            yield f"correlation.group-by: {field} has no value, because {reason}"


def _unknown_event(test: Test) -> str | None:
    if not isinstance(test.value, Text | Regex):
        return None
    match test.field:
        case "eventSource":
            return source_problem(test.value)
        case "eventName":
            return name_problem(test.value)
    return None


def _unused(rule: Rule) -> Sequence[str]:
    return [
        f"the selection '{name}' is never used, because the condition doesn't name it; add it to the condition or "
        "remove it"
        for name in rule.unused_selections
    ]
