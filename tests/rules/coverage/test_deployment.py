"""Coverage is proved of what the program deploys."""

from deadfall.lab.lab import Lab
from deadfall.rules.catalog import detections
from deadfall.rules.coverage.deployment import deployed

RULE, FILTER = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/logMetricFilter:LogMetricFilter"
# The kill switch's own, which is for alarms.
OTHER_RULES = {"account-audit-responder-alarm-change"}


def test_it_is_what_the_program_makes():
    with Lab.started("dev") as lab:
        planned = [(each.type, each.inputs) for each in lab.deployment.preview().resources]
        found = detections(lab.config)
        made = deployed(lab.config, found)
    counting = {each.id for each in found if each.rule.count}

    def told(inputs: dict[str, str]) -> bool:
        return inputs["name"] not in OTHER_RULES and not any(name in inputs["name"] for name in counting)

    rules = [inputs for kind, inputs in planned if kind == RULE and told(inputs)]
    of_program = {(each["region"], each["state"], each["eventPattern"]) for each in rules}
    assert of_program == {(rule.region, rule.state, rule.pattern) for rule in made.rules}
    assert len(of_program) > len(found), "some are in several regions"
    filters = {inputs["pattern"] for kind, inputs in planned if kind == FILTER and told(inputs)}
    assert filters == {each.pattern for each in made.filters}
