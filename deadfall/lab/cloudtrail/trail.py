"""The records that a trail covers, by its region, state and event selectors."""

from collections.abc import Mapping, Sequence
from typing import Any

from .naming import GLOBAL_EVENT_SOURCES

Trail = Mapping[str, Any]
Selector = Mapping[str, Any]
Record = Mapping[str, Any]


def covers(trail: Trail, selectors: Sequence[Selector], record: Record) -> bool:
    """Return whether a trail logs a management event.

    A single-region trail logs the events of its home region. Global services are logged in us-east-1, by trails that
    include global service events: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
    """
    if not trail.get("IsLogging"):
        return False
    if not trail.get("IsMultiRegionTrail") and trail["HomeRegion"] != record["awsRegion"]:
        return False
    if record["eventSource"] in GLOBAL_EVENT_SOURCES and not trail.get("IncludeGlobalServiceEvents", True):
        return False
    return any(_selects(selector, record) for selector in selectors)


def _selects(selector: Selector, record: Record) -> bool:
    if "FieldSelectors" in selector:
        return all(_field_selects(field, record) for field in selector["FieldSelectors"])
    if not selector.get("IncludeManagementEvents", True):
        return False
    if record["eventSource"] in selector.get("ExcludeManagementEventSources", ()):
        return False
    kind = selector.get("ReadWriteType", "All")
    return kind == "All" or record["readOnly"] == (kind == "ReadOnly")


def _field_selects(field: Mapping[str, Any], record: Record) -> bool:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html"""
    value = record.get(field["Field"])
    text = str(value).lower() if isinstance(value, bool) else str(value)
    tests = {
        "Equals": lambda operand: text == operand,
        "StartsWith": lambda operand: text.startswith(operand),
        "EndsWith": lambda operand: text.endswith(operand),
    }
    for name, test in tests.items():
        if name in field and not any(test(operand) for operand in field[name]):
            return False
        if f"Not{name}" in field and any(test(operand) for operand in field[f"Not{name}"]):
            return False
    return True
