"""A GuardDuty finding, as EventBridge delivers it: what AWS infers from many events, about somebody or something.

https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Finding.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import hostile, moment

SOURCE = "aws.guardduty"
DETAIL_TYPE = "GuardDuty Finding"

_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_TYPE = re.compile(r"[A-Za-z0-9]+:[!-~]{1,200}")  # ThreatPurpose:ResourceTypeAffected/ThreatFamilyName.…


@dataclass(frozen=True)
class Finding:
    """GuardDuty updates a finding rather than make another for the same activity; `updated` tells its versions
    apart."""

    id: str
    type: str
    severity: float
    title: str
    created: datetime
    updated: datetime
    account_id: str
    region: str
    access_key: Mapping[str, Any]
    """`resource.accessKeyDetails`, which says who did it; empty where the finding is about something else."""
    remote_ip: str | None

    @property
    def event_id(self) -> str:
        return f"{self.id}-{self.updated:%Y%m%dT%H%M%S}"

    def document(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": self.type,
            "severity": self.severity,
            "title": self.title,
            "updated": moment.iso(self.updated),
        }


def read_finding(detail: object) -> Finding | tuple[str, str]:
    """The finding, or which key is wrong and a sentence about it."""
    if not isinstance(detail, dict):
        return "finding", "The event has no finding: detail is not a JSON object."
    for key, pattern in (("id", _ID), ("type", _TYPE)):
        if not isinstance(detail.get(key), str) or not pattern.fullmatch(detail[key]):
            return f"finding {key}", f"The finding has no valid {key}."
    severity, created = detail.get("severity"), moment.parse(detail.get("createdAt"))
    if isinstance(severity, bool) or not isinstance(severity, int | float) or not 0 <= severity <= 10:
        return "finding severity", "The finding has no valid severity."
    updated = moment.parse(detail.get("updatedAt"))
    if created is None or updated is None:
        return "finding time", "The finding has no valid createdAt or updatedAt."
    account_id, region = detail.get("accountId"), detail.get("region")
    if not isinstance(account_id, str) or not isinstance(region, str):
        return "finding", "The finding has no accountId or region."
    details = _inner(detail, "resource", "accessKeyDetails")
    remote = _inner(detail, "service", "action", "awsApiCallAction", "remoteIpDetails")
    return Finding(
        id=detail["id"],
        type=detail["type"],
        severity=severity,
        title=hostile.bounded(detail.get("title"), 512) or "",
        created=created,
        updated=updated,
        account_id=account_id,
        region=region,
        access_key=details,
        remote_ip=hostile.bounded(remote.get("ipAddressV4"), 128),
    )


def _inner(value: Any, *path: str) -> Mapping[str, Any]:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
