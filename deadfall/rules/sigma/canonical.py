"""Where CloudTrail fixes the case of a value, and how it writes it.

Sigma ignores case, AWS's matchers do not. Where a field holds one of AWS's own names, comparing with that name as AWS
spells it is the same; elsewhere it would be another rule.

Sources: CloudTrail's guide, "record contents for management, data, and network activity events", "userIdentity element"
and "AWS Management Console sign-in events"; for the names of API calls the models in botocore. Left out on purpose,
since published records have both spellings: AwsConsoleSignIn and AwsConsoleSignin (eventType), Yes and YES
(additionalEventData.MFAUsed).
"""

import functools
import gzip
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from deadfall.patterns.condition import Part, Text

_LOWER_CASE = frozenset({"eventSource", "awsRegion", "userIdentity.sessionContext.attributes.mfaAuthenticated"})
_VALUES = {
    "eventType": ("AwsApiCall", "AwsServiceEvent", "AwsConsoleAction", "AwsCloudTrailInsight"),
    "eventCategory": ("Management", "Data", "NetworkActivity", "Insight"),
    "userIdentity.type": (
        *("Root", "IAMUser", "AssumedRole", "Role", "FederatedUser", "Directory", "AWSAccount", "AWSService"),
        *("IdentityCenterUser", "SAMLUser", "WebIdentityUser", "Unknown"),
    ),
    "userIdentity.sessionContext.sessionIssuer.type": ("Root", "IAMUser", "Role"),
    "responseElements.ConsoleLogin": ("Success", "Failure"),
}
_NOT_API_CALLS = (
    *("ConsoleLogin", "CheckMfa", "SwitchRole", "ExitRole", "RenewRole", "GetSigninToken", "PasswordUpdated"),
    *("PasswordRecoveryRequested", "PasswordRecoveryCompleted", "EmailUpdated", "UserAuthentication"),
    *("CredentialChallenge", "CredentialVerification", "Authenticate", "Federate", "Logout"),
)


def canonical(field: str, text: str) -> str | None:
    """How CloudTrail writes this value of this field. None where it may be written in several ways, or isn't known."""
    if field in _LOWER_CASE:
        return text.lower()
    return _spellings(field).get(text.lower())


def cased(field: str, text: Text) -> Text | None:
    """The same test on this field with a cased text, None if there is none: the field may hold the text in any case."""
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
    """By their lower case, the values of a field that have one spelling only."""
    by_lower_case: dict[str, set[str]] = defaultdict(set)
    for value in known_event_names() if field == "eventName" else _VALUES.get(field, ()):
        by_lower_case[value.lower()].add(value)
    return {lower: spellings.pop() for lower, spellings in by_lower_case.items() if len(spellings) == 1}


@functools.cache
def known_event_names() -> frozenset[str]:
    """The names of sign-in events, and of the operations of all services, in the API's words and in botocore's.

    Parsing every model takes many seconds, so the names are picked out of their text.
    """
    from botocore.loaders import Loader  # takes 0.2 s, and few rules need the names

    operation = re.compile(rb'"(\w+)":\s*\{\s*"name":\s*"(\w+)",\s*"http"')
    names = set(_NOT_API_CALLS)
    for model in Path(Loader.BUILTIN_DATA_PATH).glob("*/*/service-2.json*"):
        content = gzip.decompress(model.read_bytes()) if model.suffix == ".gz" else model.read_bytes()
        names.update(name.decode() for pair in operation.findall(content) for name in pair)
    return frozenset(names)
