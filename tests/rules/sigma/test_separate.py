"""An invalid rule of a file does not affect the other rules in it."""

from deadfall.rules.sigma.parse import parse_each
from deadfall.rules.sigma.rule import Rule

from .made import ID


def rule(title: str, field: str = "eventName", name: str = "") -> str:
    named = f"name: {name}\n" if name else ""
    return (
        f"{named}title: {title}\nid: {ID}\nlevel: low\nlogsource: {{product: aws, service: cloudtrail}}\n"
        f"detection: {{a: {{{field}: CreateUser}}, condition: a}}\n"
    )


def counted(title: str, rules: str, kind: str = "event_count", *, generate: bool = False) -> str:
    return (
        f"title: {title}\nlevel: low\ncorrelation: {{type: {kind}, rules: {rules}, timespan: 5m, "
        f"condition: {{gte: 5}}, generate: {str(generate).lower()}}}\n"
    )


WRONG = "eventName|foo"


def parsed(*documents: str) -> list[str]:
    found = parse_each("---\n".join(documents), "mine")
    return [each.title if isinstance(each, Rule) else str(each) for each in found]


def test_each_invalid_rule_is_an_error_in_its_place():
    assert parsed(rule("one"), rule("two", WRONG), rule("three"), "a: 1\n") == [
        "one",
        "mine: document 2: is not a Sigma rule: Unknown modifier 'foo'",
        "three",
        "mine: document 4: is not a Sigma rule: Sigma rule must have a title",
    ]


def test_a_problem_of_the_yaml_scalars_is_of_one_document():
    unquoted = rule("two").replace("CreateUser", "No")
    one, two, three = parsed(rule("one"), unquoted, rule("three"))
    assert (one, three) == ("one", "three")
    assert two.startswith("mine: document 2: eventName is text, but YAML reads the unquoted No as a boolean")


def test_a_correlation_needs_the_rules_that_it_names():
    base, wrong = rule("base", name="base"), rule("wrong", WRONG, name="wrong")
    assert parsed(base, counted("often", "[base]"), rule("other")) == ["often", "other"]
    assert parsed(base, counted("often", "[base]"), rule("other", WRONG))[0] == "often"
    often, other = parsed(wrong, counted("often", "[wrong]"), rule("other"))
    assert other == "other" and often == "mine: document 2: is not a Sigma rule: Unknown modifier 'foo'"
    missing, other = parsed(counted("often", "[nowhere]"), rule("other"))
    assert other == "other" and "nowhere" in missing
    unsupported, other = parsed(base, counted("often", "[base]", "value_count"), rule("other"))
    assert other == "other" and unsupported.startswith("mine: document 2: ")


def test_a_correlated_rule_that_is_also_one_of_its_own_stays():
    base = rule("base", name="base")
    found = parsed(
        base, counted("often", "[base]", "temporal", generate=True), counted("often", "[base]", generate=True)
    )
    assert found[0] == "base" and found[1].startswith("mine: document 2: ") and found[2] == "often"


def test_documents_that_change_others_are_not_separated():
    shared = "action: global\nlevel: low\n"
    (error,) = parsed(shared, rule("one"), rule("two", WRONG))
    assert error == "mine: is not a Sigma rule: Unknown modifier 'foo'"


def test_a_single_rule_has_no_number():
    assert parsed(rule("one", WRONG)) == ["mine: is not a Sigma rule: Unknown modifier 'foo'"]
    (error,) = parsed(rule("one", WRONG, name="one"), counted("often", "[one]"))
    assert "document" not in error
