"""The overview, which doesn't compile, agrees with the compiled rules."""

import pytest

from deadfall.rules.catalog import detections
from deadfall.rules.overview import overview
from deadfall.stack_files import config_of


@pytest.mark.parametrize("stack", ["dev", "minimal", "prod"])
def test_the_overview_is_that_of_the_compiled_rules(stack: str):
    config = config_of(stack).model_copy(update={"detections": {}})
    compiled: dict[str, list] = {}
    for detection in detections(config):
        compiled.setdefault(detection.rule.name, []).append(detection)
    assert [each.rule.name for each in overview(config)] == list(compiled)
    for each in overview(config):
        found = compiled[each.rule.name]
        forms = found[0].compiled
        on = {"E": forms.event_patterns, "L": forms.filter_patterns, "S": "sql" not in forms.gaps}
        assert each.paths == tuple(path for path, there in on.items() if there)
        assert each.regions == tuple(dict.fromkeys(region for one in found for region in one.regions))
        assert (each.detections, each.rule.custom.response) == (len(found), found[0].response)
