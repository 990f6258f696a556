"""The quarantine: one inline policy that denies everything, and what is found under its name in IAM.

An explicit deny wins over every allow in every policy type, covers long-term keys, their sessions and the console at
once, and is one additive call; so it comes first and everything slower or lossy comes after it (docs/aws-facts.md,
explicit-deny-wins, user-deny-covers-sessions). The statement's Sid carries the incident, so that a later incident of
the same principal knows whose prior state is the true one, and an operator who finds the policy knows what to look up.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

_SID = re.compile(r"Incident(\d{8}T\d{6}Z)([0-9a-f]{12})")


@dataclass(frozen=True)
class Found:
    """What stands in IAM under the quarantine's name.

    `text` is the policy, or None where there is none; `incident_id` is set when it is a quarantine of ours for the
    principal in question; `foreign` when somebody else wrote it, so that its text must be kept before it is replaced.
    """

    text: str | None = None
    incident_id: str | None = None
    denied_before: str | None = None
    """Of a role session: the aws:TokenIssueTime before which its tokens are denied."""

    @property
    def foreign(self) -> bool:
        return self.text is not None and self.incident_id is None


def document(incident_id: str, condition: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """The policy, without white space: IAM doesn't count it, but other limits do."""
    statement: dict[str, Any] = {"Sid": sid(incident_id), "Effect": "Deny", "Action": "*", "Resource": "*"}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def sid(incident_id: str) -> str:
    """IAM allows letters and digits only."""
    return "Incident" + incident_id.replace("-", "")


def read(policy_document: object, user_id: str | None = None) -> Found:
    """What a policy document from IAM is: boto3 gives it parsed, other tools URL-encoded.

    It is a quarantine of ours only when it says exactly what `document` writes, for the session `user_id` if given:
    a deny that somebody weakened is foreign.
    """
    text = unquote(policy_document) if isinstance(policy_document, str) else json.dumps(policy_document)
    try:
        statement = json.loads(text)["Statement"][0]
        match = _SID.fullmatch(statement["Sid"])
        denied_before = statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"] if user_id else None
        incident_id = f"{match[1]}-{match[2]}" if match else ""
        ours = document(incident_id, session_condition(user_id, str(denied_before)) if user_id else None)
        same = bool(match) and json.loads(text) == json.loads(ours)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return Found(text)
    return Found(text, incident_id, denied_before) if same else Found(text)


def session_condition(user_id: str, denied_before: str) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"aws:userid": user_id}, "DateLessThan": {"aws:TokenIssueTime": denied_before}}
