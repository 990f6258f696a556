"""Values whose case CloudTrail fixes, in CloudTrail's spelling.

Sigma ignores case; AWS's matchers don't. For fields that contain AWS's own names, a comparison with AWS's spelling is
equivalent; for other fields it would change the rule.

Sources: CloudTrail's guide, "record contents for management, data, and network activity events", "userIdentity element"
and "AWS Management Console sign-in events", also for the messages of failed sign-ins; for error codes "common errors"
in the services' API references, and EC2's "error codes", before which CloudTrail writes `Client.`; for the names of API
calls the models in botocore. Deliberately omitted, because published records have both spellings: AwsConsoleSignIn and
AwsConsoleSignin (eventType), Yes and YES (additionalEventData.MFAUsed).
"""

import functools
from collections import defaultdict
from collections.abc import Mapping

from deadfall.patterns.condition import Part, Text

from .aws_api import SIGN_IN_EVENTS, operation_names

_LOWER_CASE = frozenset({"eventSource", "awsRegion", "userIdentity.sessionContext.attributes.mfaAuthenticated"})
VALUES = {
    "eventType": ("AwsApiCall", "AwsServiceEvent", "AwsConsoleAction", "AwsCloudTrailInsight"),
    "eventCategory": ("Management", "Data", "NetworkActivity", "Insight"),
    "userIdentity.type": (
        *("Root", "IAMUser", "AssumedRole", "Role", "FederatedUser", "Directory", "AWSAccount", "AWSService"),
        *("IdentityCenterUser", "SAMLUser", "WebIdentityUser", "Unknown"),
    ),
    "userIdentity.sessionContext.sessionIssuer.type": ("Root", "IAMUser", "Role"),
    "responseElements.ConsoleLogin": ("Success", "Failure"),
}
"""All values of a field."""
_SOME_VALUES = {
    "errorCode": ("AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation"),
    "errorMessage": ("Failed authentication", "No username found in supplied account"),
}


def canonical(field: str, text: str) -> str | None:
    """Return CloudTrail's spelling of this value; None if it has several spellings or is unknown."""
    if field in _LOWER_CASE:
        return text.lower()
    return _spellings(field).get(text.lower())


def cased(field: str, text: Text) -> Text | None:
    """Return an equivalent cased text for this field, or None if the field may contain the text in any case."""
    if text.cased:
        return text
    if not any(part.text.lower() != part.text.upper() for part in text.parts):
        return Text(text.parts, cased=True)
    if field in _LOWER_CASE:
        return Text(tuple(Part(part.text.lower(), part.wildcard) for part in text.parts), cased=True)
    known = None if text.plain is None else canonical(field, text.plain)
    return None if known is None else Text.literal(known, cased=True)


@functools.cache
def _spellings(field: str) -> Mapping[str, str]:
    """Return the values of a field that have a single spelling, by their lower case."""
    by_lower_case: dict[str, set[str]] = defaultdict(set)
    named = known_event_names() if field == "eventName" else VALUES.get(field) or _SOME_VALUES.get(field, ())
    for value in named:
        by_lower_case[value.lower()].add(value)
    return {lower: spellings.pop() for lower, spellings in by_lower_case.items() if len(spellings) == 1}


@functools.cache
def known_event_names() -> frozenset[str]:
    """Return the names of sign-in events and of all services' operations, as in the API and in botocore."""
    return operation_names() | set(SIGN_IN_EVENTS)
