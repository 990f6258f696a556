"""Find fields and values that CloudTrail's records never have.

Sources: CloudTrail's guide, "Record contents", "userIdentity element" and "Insights events"; record_fields.py; the
columns of Athena's table; botocore's partitions for regions.
"""

import functools
import ipaddress
import re
from collections.abc import Mapping

from deadfall.field_types import partition_regions
from deadfall.patterns.condition import Boolean, Cidr, Number, Regex, Test, Text, split_path

from ..sigma.canonical import VALUES
from ..sigma.record_fields import FIELDS
from ..sigma.sql.athena_table import COLUMNS
from .wording import did_you_mean, written

# In addition to the columns of Athena's table.
_TOP_LEVEL = frozenset({"managementEvent", "eventContext", "insightDetails", "annotation"})
_IDENTITY = "userIdentity"
_SESSION = f"{_IDENTITY}.sessionContext"
# Objects whose fields CloudTrail documents, with the fields that record_fields.py lacks.
_OBJECTS: Mapping[str, frozenset[str]] = {
    _IDENTITY: frozenset({"sessionContext", "onBehalfOf", "inScopeOf"}),
    _SESSION: frozenset({"attributes", "sessionIssuer", "webIdFederationData", "sourceIdentity", "assumedRoot"}),
    f"{_SESSION}.attributes": frozenset(),
    f"{_SESSION}.sessionIssuer": frozenset(),
    f"{_IDENTITY}.onBehalfOf": frozenset(),
    "tlsDetails": frozenset(),
}
_VALUES = {
    **{field: values for field, values in VALUES.items() if field != "eventType"},
    # A network activity event is an AwsVpceEvent (CloudTrail's guide, "Network activity events").
    "eventType": (*VALUES["eventType"], "AwsConsoleSignIn", "AwsConsoleSignin", "AwsVpceEvent"),
    f"{_SESSION}.attributes.mfaAuthenticated": ("true", "false"),
    "additionalEventData.MFAUsed": ("Yes", "YES", "No", "NO"),
}
_OTHER_PARTITION = re.compile(r"(cn|us-gov|us-iso\w?|eu-iso\w?|eusc)-[a-z]+-[a-z0-9]+")


def field_problem(field: str) -> str | None:
    """Return why records have no such field, with the remedy; None if they may have it."""
    path = split_path(field)
    if path[0] not in _top_level():
        return f"CloudTrail records have no {path[0]}; {did_you_mean(path[0], _top_level(), 'correct the name')}"
    if correct := _by_lower_case().get(field.lower()):
        return None if correct == field else f"CloudTrail writes {correct}, and names are case-sensitive; correct it"
    for length in range(1, len(path)):
        parent, name = ".".join(path[:length]), path[length]
        if FIELDS.get(parent) in ("line", "text", "number", "boolean"):
            return f"{parent} is a single value and has no fields; test {parent} itself"
        if parent in _OBJECTS and name not in _members(parent):
            remedy = did_you_mean(name, _members(parent), "correct the name")
            return f"CloudTrail's {parent} has no {name}; {remedy}"
    return None


def value_problem(test: Test) -> str | None:
    """Return why the field never has a value for which the test holds, with the remedy; None if it may."""
    field, value, kind = test.field, test.value, FIELDS.get(test.field)
    match value:
        case Text() | Regex():
            if kind == "boolean" and not (value.holds(True) or value.holds(False)):
                return f"{field} is true or false; correct the value"
            if kind == "number" and isinstance(value, Text) and value.plain is not None and not _is_number(value.plain):
                return f"{field} is a number; correct the value"
            if field == "sourceIPAddress" and isinstance(value, Text) and _is_network(value.plain or ""):
                return f"{field} is an address or a service, not a network; add |cidr to the field"
            return _unlisted(field, value)
        case Number() if kind in ("line", "text", "text or object"):
            return f"{field} is text; put the value in quotes"
        case Boolean() if kind in ("line", "text", "text or object"):
            return f"{field} is text; put the value in quotes"
        case Number() if kind == "boolean":
            return f"{field} is true or false, not a number; correct the value"
        case Boolean() if kind == "number":
            return f"{field} is a number; correct the value"
        case Cidr() if kind in ("number", "boolean"):
            return f"{field} is no address; use the field of an address"
    return None


def _unlisted(field: str, value: Text | Regex) -> str | None:
    known = partition_regions() if field == "awsRegion" else _VALUES.get(field)
    if known is None or any(value.holds(each) for each in known):
        return None
    if field == "awsRegion" and not (isinstance(value, Text) and _is_region_of_this_partition(value)):
        return None
    plain = value.plain if isinstance(value, Text) else None
    choices = "use a region such as eu-west-1" if field == "awsRegion" else f"use one of {', '.join(known)}"
    remedy = did_you_mean(plain, known, choices) if plain else choices
    return f"CloudTrail's {field} is never {written(value)}; {remedy}"


def _is_region_of_this_partition(value: Text) -> bool:
    return value.plain is not None and not _OTHER_PARTITION.fullmatch(value.plain.lower())


def _is_network(text: str) -> bool:
    try:
        return "/" in text and bool(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return False


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@functools.cache
def _top_level() -> frozenset[str]:
    return _TOP_LEVEL | COLUMNS.keys()


@functools.cache
def _members(parent: str) -> frozenset[str]:
    prefix = f"{parent}."
    listed = {field.removeprefix(prefix).split(".")[0] for field in FIELDS if field.startswith(prefix)}
    return frozenset(listed | _OBJECTS[parent])


@functools.cache
def _by_lower_case() -> Mapping[str, str]:
    """Return CloudTrail's spelling of fields, except for parameters, which a few services write in upper case."""
    fields = {
        field for field in FIELDS if field.split(".")[0] in _top_level() and not field.startswith("requestParameters.")
    }
    return {field.lower(): field for field in (*fields, *_top_level())}
