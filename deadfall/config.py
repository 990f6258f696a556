"""Stack config: typed, validated, and read nowhere else.

`read()` turns the config that Pulumi passes to the program (namespace `deadfall`) into one frozen `StackConfig`, or
raises a `ConfigError`: one sentence that names the key and the remedy.
"""

import datetime
import ipaddress
import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from .decoy import Decoy
from .decoys import KINDS, AnyDecoy
from .field_types import Model, Neutral, Region, check_neutral
from .names import GLOBAL_REGION, Names

NAMESPACE = "deadfall"

D = TypeVar("D", bound=Decoy)

# The values that CloudWatch Logs accepts (API reference, PutRetentionPolicy).
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


class ConfigError(Exception):
    """Invalid stack config; the message is one sentence that names the key and the remedy."""


def _account_id(value: str) -> str:
    if not re.fullmatch(r"\d{12}", value, re.ASCII):
        raise ValueError("must be 12 digits, in quotes: YAML drops a leading zero")
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise ValueError(f"'{value}' is not a network ({error}); write one such as 203.0.113.0/24") from None
    return value


def _email(value: str) -> str:
    if not re.fullmatch(r"[^@\s\"<>,;]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", value):
        raise ValueError(f"'{value}' is not a mail address; write one such as soc@example.com")
    return value


def _iam_arn(value: str) -> str:
    if not re.fullmatch(r"arn:aws:iam::\d{12}:(role|user)/[\w+=,.@/-]{1,576}", value, re.ASCII):
        raise ValueError(
            f"'{value}' is not the ARN of an IAM role or user; write one such as arn:aws:iam::111122223333:role/deploy"
        )
    return value


def _role_arn(value: str) -> str:
    if ":role/" not in _iam_arn(value):
        raise ValueError(f"'{value}' is a user; deploy by a role, such as arn:aws:iam::111122223333:role/deploy")
    return value


def _tag_key(value: str) -> str:
    if value.lower().startswith("aws:"):
        raise ValueError(f"'{value}' begins with aws:, which AWS keeps for itself; choose another key")
    return check_neutral(value)


def _prefix(value: str) -> str:
    if value.startswith(("sthree-", "amzn-s3-demo-")):
        raise ValueError(f"'{value}' begins with a prefix that S3 reserves for bucket names; choose another prefix")
    return check_neutral(value)


def _retention(value: int) -> int:
    if value not in LOG_RETENTION_DAYS:
        near = min(LOG_RETENTION_DAYS, key=lambda days: abs(days - value))
        raise ValueError(f"CloudWatch Logs has no retention of {value} days; write {near}")
    return value


def _date(value: Any) -> datetime.date:
    # Pydantic also accepts seconds since 1970, and YAML turns an unquoted date into a timestamp.
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            return datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        pass
    raise ValueError("must be a date in quotes, such as '2027-01-31'")


Email = Annotated[str, AfterValidator(_email)]
RoleArn = Annotated[str, AfterValidator(_role_arn)]
IamArn = Annotated[str, AfterValidator(_iam_arn)]


class ObjectLock(Model):
    """S3 Object Lock default retention. In COMPLIANCE mode no principal, root included, can shorten it."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"]
    days: int = Field(ge=1, le=3650)


class ExistingTrail(Model):
    """An adopted trail: Deadfall reads its log group and creates no trail.

    The log group of an organization's trail is in the account that created the trail and has the records of every
    account of the organization (CloudTrail user guide, "Creating a trail for an organization").
    """

    log_group_name: str = Field(pattern=r"^[.\-_/#A-Za-z0-9]{1,512}$")
    organization: bool = False


class Trail(Model):
    """Settings of the trail that records the account's calls (components/audit_trail.py)."""

    archive_retention_days: int = Field(default=365, ge=1, le=36500)
    log_retention_days: Annotated[int, AfterValidator(_retention)] = 90
    object_lock: ObjectLock | None = None
    exclude_kms: bool = False
    exclude_rds_data: bool = False
    notify_per_file: bool = False
    existing: ExistingTrail | None = None


class Evidence(Model):
    """Retention of the responder's evidence, of its lock (S3 Object Lock), and of its log, in days."""

    retention_days: int = Field(default=365, ge=1, le=36500)
    lock_days: int = Field(default=30, ge=1, le=3650)
    log_retention_days: Annotated[int, AfterValidator(_retention)] = 90


class PolicyException(Model):
    """A guardrail that this stack may break until a date (docs/policies.md). Only the policy pack reads it."""

    policy: str = Field(pattern=r"^[a-z][a-z0-9-]+$")
    owner: str = Field(min_length=3, max_length=100)
    reason: str = Field(min_length=10, max_length=500)
    expires: Annotated[datetime.date, BeforeValidator(_date)]


class StackConfig(Model):
    """The stack config of one account.

    The first of `regions` is the home region, which has the trail, the responder, the ledger and the topics.
    """

    account_id: Annotated[str, AfterValidator(_account_id)]
    regions: tuple[Region, ...] = Field(min_length=1)
    deploy_role_arn: RoleArn
    # The responder's environment holds them, and Lambda limits it to 4 KB.
    break_glass_arns: tuple[IamArn, ...] = Field(default=(), max_length=20)
    alert_emails: tuple[Email, ...] = Field(min_length=1)
    alarm_emails: tuple[Email, ...] = ()
    prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,18}[a-z0-9]$"), AfterValidator(_prefix)] = "account-audit"
    decoys: tuple[AnyDecoy, ...] = Field(min_length=1)
    decoy_seed: SecretStr = Field(min_length=32)
    trail: Trail = Trail()
    evidence: Evidence = Evidence()
    # Only outside production can evidence be destroyed with the stack and its locks be lifted.
    environment: Literal["dev", "prod"] = "prod"
    policy_exceptions: tuple[PolicyException, ...] = ()
    # Responses that replace a rule's own, by rule name or pattern with *.
    detections: dict[str, Literal["none", "observe", "alert", "contain", "default"]] = Field(default={})
    # Values of the placeholder %trusted_networks%.
    trusted_networks: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    # Whether to create an Athena table over the archive and saved queries.
    hunting: bool = False
    tags: dict[Annotated[str, AfterValidator(_tag_key)], Neutral] = Field(default={})
    keep_evidence: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> "StackConfig":
        for key, values in (
            ("regions", self.regions),
            ("alertEmails", self.alert_emails),
            ("alarmEmails", self.alarm_emails),
        ):
            for value in values:
                if values.count(value) > 1:
                    raise ValueError(f"{key}: '{value}' is listed twice; remove the duplicate")
        self._check_decoys()
        if self.trail.existing and self.trail.model_fields_set != {"existing"}:
            others = ", ".join(sorted(to_camel(key) for key in self.trail.model_fields_set - {"existing"}))
            raise ValueError(f"trail: {others} cannot be set together with trail.existing; remove one of them")
        if self.trail.object_lock and not self.keep_evidence:
            raise ValueError("trail.objectLock: a locked archive cannot be destroyed; set keepEvidence to true")
        if self.hunting and self.trail.existing:
            raise ValueError(
                "hunting: requires the archive of this stack's own trail; remove hunting or trail.existing"
            )
        if self.environment == "prod" and not self.keep_evidence:
            raise ValueError(
                "keepEvidence: must be true in production, where evidence cannot be deleted; set environment to dev"
            )
        if self.evidence.lock_days > self.evidence.retention_days:
            raise ValueError(
                "evidence.lockDays: evidence expires before its lock does; increase evidence.retentionDays"
            )
        if self.trail.exclude_kms and (decoy := next((each for each in self.decoys if each.needs_kms_events), None)):
            raise ValueError(
                f"trail.excludeKms: must be false while a {decoy.kind} is planted, because its KMS Decrypt records are "
                "the second way to detect a read"
            )
        for arn in (self.deploy_role_arn, *self.break_glass_arns):
            if arn.split(":")[4] != self.account_id:
                key = "deployRoleArn" if arn == self.deploy_role_arn else "breakGlassArns"
                raise ValueError(
                    f"{key}: '{arn}' belongs to another account than accountId {self.account_id}; correct one of them"
                )
        return self

    def _check_decoys(self) -> None:
        names = Names.of(self)
        kinds = Counter(type(decoy) for decoy in self.decoys)
        planted = Counter(_unique(decoy, names) for decoy in self.decoys)
        for decoy in self.decoys:
            region = decoy.planted_in(names)
            if region and region not in self.regions:
                raise ValueError(
                    f"decoys: '{decoy.decoy_name}' is in {region}, which is not among regions; add it there"
                )
            if planted[_unique(decoy, names)] > 1:
                raise ValueError(f"decoys: the {decoy.kind} '{decoy.decoy_name}' is listed twice; remove the duplicate")
        for kind, number in kinds.items():
            if kind.most is not None and number > kind.most:
                raise ValueError(f"decoys: {number} of kind {kind.kind_name()} are too many; plant at most {kind.most}")

    @property
    def home(self) -> str:
        """The first of `regions`."""
        return self.regions[0]

    @property
    def detection_regions(self) -> tuple[str, ...]:
        """Every configured region, and the region in which events of global services appear."""
        return tuple(dict.fromkeys((*self.regions, GLOBAL_REGION)))

    @property
    def evidence_lock(self) -> ObjectLock:
        """The Object Lock of evidence. In production no principal, root included, can delete evidence early."""
        mode = "COMPLIANCE" if self.environment == "prod" else "GOVERNANCE"
        return ObjectLock(mode=mode, days=self.evidence.lock_days)

    def decoys_of(self, kind: type[D]) -> tuple[D, ...]:
        """Return the decoys of one kind, in the order of config."""
        return tuple(decoy for decoy in self.decoys if isinstance(decoy, kind))

    @property
    def alarm_addresses(self) -> tuple[str, ...]:
        """The addresses for the log path's alarms: `alarm_emails`, or else `alert_emails`."""
        return self.alarm_emails or self.alert_emails

    @property
    def protected_principals(self) -> tuple[str, ...]:
        """ARNs of principals that are never contained, besides the responder's role."""
        return (self.deploy_role_arn, *self.break_glass_arns)


def _unique(decoy: Decoy, names: Names) -> tuple[str, ...]:
    identity = decoy.identity(names)
    return tuple(part.lower() for part in identity) if decoy.ignores_case else identity


def parse(values: Mapping[str, str]) -> StackConfig:
    """Validate the `deadfall:` keys of a stack as Pulumi passes them.

    Args:
        values: keys without namespace; values as strings, objects and lists as JSON text.

    Raises:
        ConfigError: a key is missing, unknown or wrong.
    """
    try:
        return StackConfig.model_validate({key: _decoded(key, value) for key, value in values.items()})
    except ValidationError as error:
        raise ConfigError(_sentence(error)) from None


def of_stack(values: Mapping[str, str]) -> StackConfig:
    """Validate all config of a stack: keys with namespaces; keys of other namespaces (pulumi, aws) are ignored.

    Raises:
        ConfigError: a key is missing, unknown or wrong.
    """
    prefix = f"{NAMESPACE}:"
    return parse({key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)})


def read() -> StackConfig:
    """Return the config of the running stack.

    Raises:
        ConfigError: a key is missing, unknown or wrong.
    """
    from pulumi.runtime import get_config_env  # takes 0.5 s, and only a Pulumi program needs it

    return of_stack(get_config_env())


def _decoded(key: str, value: str) -> Any:
    """Decode a list or an object from its JSON text; return any other value unchanged."""
    if not value.startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ConfigError(f"{NAMESPACE}:{key}: is not valid JSON; set lists with `pulumi config set --path`") from None


def _sentence(error: ValidationError) -> str:
    """Return the first error as one sentence that names the key."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = [part for part in first["loc"] if part not in (*KINDS, "[key]")]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
    message = first["msg"].removeprefix("Value error, ")
    context = first.get("ctx", {})
    match first["type"]:
        case "missing":
            message = f"is missing; set it with {_command(key)}"
        case "extra_forbidden":
            message = "is not a key of Deadfall; correct or remove it (docs/configure.md lists all keys)"
        case "string_pattern_mismatch":
            message = f"has the wrong form; it must match {context['pattern']}"
        case "too_long":
            message = f"is too long; it may have at most {context['max_length']}"
        case "string_too_long":
            message = f"is too long; it may have at most {context['max_length']} characters"
        case "string_too_short":
            message = f"is too short; it must have at least {context['min_length']} characters"
        case "too_short":
            message = f"is too short; it must have at least {context['min_length']}"
        case "tuple_type":
            message = f"must be a list; set it with {_command(f'{key}[0]')}"
        case "model_type" | "model_attributes_type" | "dict_type":
            message = f"must be an object; set it with {_command(f'{key}.…')}"
        case "union_tag_invalid" | "union_tag_not_found":
            message = f"needs a kind: {' or '.join(map(repr, KINDS))}"
        case "literal_error":
            message = f"must be {context['expected']}"
        case "int_type" | "int_parsing" | "int_parsing_size" | "int_from_float" | "finite_number":
            message = "must be a whole number"
        case "greater_than_equal":
            message = f"must be {context['ge']} at least"
        case "less_than_equal":
            message = f"must be {context['le']} at most"
        case "bool_type" | "bool_parsing":
            message = "must be true or false"
        case "string_type":
            message = "must be a string; put it in quotes"
    message = " ".join(message.split())  # some messages repeat the value, line breaks included
    return f"{NAMESPACE}:{key}: {message}" if key else f"{NAMESPACE}:{message}"


def _command(key: str) -> str:
    """Return the command that sets a key or a value inside it."""
    option = "--secret " if key == "decoySeed" else ""
    full = f"{NAMESPACE}:{key}"
    if "." in key or "[" in key:
        option, full = "--path ", f"'{full}'"
    return f"`pulumi config set {option}{full} …`"
