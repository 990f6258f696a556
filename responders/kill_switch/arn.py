"""ARNs of IAM principals, by IAM's grammar (names: API_CreateUser, API_CreateRole, API_AssumeRole)."""

import re
from dataclasses import dataclass

NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
SESSION_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}")

_ENTITY = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):(?P<kind>user|role)(?P<path>/|/[!-~]{1,510}/)(?P<name>[^/]+)"
)
_SESSION = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/(?P<session>[^/]+)"
)


@dataclass(frozen=True)
class Entity:
    """An IAM user or role. Equal regardless of path and letter case, because IAM keeps names unique regardless of
    both: so that a principal is protected however its ARN is written."""

    account_id: str
    kind: str
    folded_name: str


@dataclass(frozen=True)
class EntityArn:
    account_id: str
    kind: str
    path: str
    name: str

    @property
    def entity(self) -> Entity:
        return Entity(self.account_id, self.kind, self.name.lower())


@dataclass(frozen=True)
class SessionArn:
    account_id: str
    role_name: str
    session_name: str


def parse_entity(text: object) -> EntityArn | None:
    """`arn:aws:iam::111122223333:role/path/name`; None for anything else."""
    match = _ENTITY.fullmatch(text) if isinstance(text, str) and len(text) <= 2048 else None
    if match is None or not NAME.fullmatch(match["name"]):
        return None
    return EntityArn(match["account"], match["kind"], match["path"], match["name"])


def entity(text: object) -> Entity | None:
    """The user or role that an ARN names; None when it is no such ARN."""
    parsed = parse_entity(text)
    return parsed.entity if parsed else None


def parse_session(text: object) -> SessionArn | None:
    """`arn:aws:sts::111122223333:assumed-role/name/session`, in which the role has no path; None for anything
    else."""
    match = _SESSION.fullmatch(text) if isinstance(text, str) and len(text) <= 2048 else None
    if match is None or not NAME.fullmatch(match["role"]) or not SESSION_NAME.fullmatch(match["session"]):
        return None
    return SessionArn(match["account"], match["role"], match["session"])
