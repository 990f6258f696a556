"""Stack config, typed and checked: the only reader of it.

`read()` turns what `pulumi` hands to the program (namespace `deadfall`) into one frozen `StackConfig`, or raises a
`ConfigError` whose text is one sentence that names the key and says what to write instead. Everything that names a
resource is composed here from config (design, decision 9), so that previews and policy packs see real JSON.
"""

import datetime
import functools
import importlib.resources
import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

NAMESPACE = "deadfall"
PARTITION = "aws"
GLOBAL_REGION = "us-east-1"  # where IAM, global STS and root sign-in events appear (research: response.md 3.3)

# CloudWatch Logs accepts only these (API reference, PutRetentionPolicy).
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

# EventBridge takes 30 rules with wildcards per event bus, and each secret has one (research: deception.md 3, row 7).
MAX_SECRETS = 30

# What gives a decoy away to whoever lists resources (research: deception.md 3, evasion 2).
TELLING = re.compile(r"honey|canary|decoy|ghost|trap|bait|fake|deadfall|deception|tripwire|thinkst|spacecrab", re.I)


class ConfigError(Exception):
    """Stack config that can't be used; the text is one sentence naming the key and the mend."""


def _region(value: str) -> str:
    if value not in partition_regions():
        raise ValueError(f"'{value}' is not a region of the AWS partition 'aws'; write one such as eu-west-1")
    return value


@functools.cache
def partition_regions() -> frozenset[str]:
    """All regions of the partition."""
    # Read from botocore's file: its session would read the profile that the environment names, and fail without it,
    # and importing its loader takes 0.2 s.
    file = importlib.resources.files("botocore") / "data" / "partitions.json"
    partitions = {each["id"]: each for each in json.loads(file.read_text())["partitions"]}
    return frozenset(partitions[PARTITION]["regions"]) - {f"{PARTITION}-global"}


def _account_id(value: str) -> str:
    if not re.fullmatch(r"\d{12}", value, re.ASCII):
        raise ValueError("must be 12 digits, in quotes: YAML drops a leading zero")
    return value


def _neutral(value: str) -> str:
    if word := TELLING.search(value):
        raise ValueError(f"'{value}' gives itself away ('{word[0]}'); write what a real resource would be called")
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
    return _neutral(value)


def _prefix(value: str) -> str:
    if value.startswith(("sthree-", "amzn-s3-demo-")):
        raise ValueError(f"'{value}' begins like what S3 keeps for itself in bucket names; choose another prefix")
    return _neutral(value)


def _not_like_a_suffix(value: str) -> str:
    # Secrets Manager may take NAME-xxxxxx for a full ARN's random suffix (API reference, CreateSecret, Name).
    if re.search(r"-[A-Za-z0-9]{6}$", value):
        raise ValueError(
            f"'{value}' ends in a hyphen and six characters, which Secrets Manager confuses with the suffix of an ARN; "
            "choose another ending"
        )
    return value


def _retention(value: int) -> int:
    if value not in LOG_RETENTION_DAYS:
        near = min(LOG_RETENTION_DAYS, key=lambda days: abs(days - value))
        raise ValueError(f"CloudWatch Logs can't keep logs for {value} days; write {near}")
    return value


def _date(value: Any) -> datetime.date:
    # By itself pydantic would take seconds since 1970 as well, and of a date without quotes YAML makes a moment.
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            return datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        pass
    raise ValueError("must be a date in quotes, such as '2027-01-31'")


Region = Annotated[str, AfterValidator(_region)]
Email = Annotated[str, AfterValidator(_email)]
RoleArn = Annotated[str, AfterValidator(_role_arn)]
IamArn = Annotated[str, AfterValidator(_iam_arn)]
Neutral = Annotated[str, AfterValidator(_neutral)]


class Model(BaseModel):
    # defer_build: a validator is built once, as part of the model that is validated, not for each model at import.
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True, defer_build=True
    )


class ObjectLock(Model):
    """S3 Object Lock default retention. In COMPLIANCE mode nobody, root included, can shorten it."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"]
    days: int = Field(ge=1, le=3650)


class ExistingTrail(Model):
    """A trail that is already there: Deadfall reads its log group and creates no trail of its own.

    The log group of an organization's trail is in the account that made the trail, and holds the records of every
    account of the organization (CloudTrail user guide, "Creating a trail for an organization").
    """

    log_group_name: str = Field(pattern=r"^[.\-_/#A-Za-z0-9]{1,512}$")
    organization: bool = False


class Trail(Model):
    """How the account's calls are recorded (AuditTrail)."""

    archive_retention_days: int = Field(default=365, ge=1, le=36500)
    log_retention_days: Annotated[int, AfterValidator(_retention)] = 90
    object_lock: ObjectLock | None = None
    exclude_kms: bool = False
    exclude_rds_data: bool = False
    notify_per_file: bool = False
    existing: ExistingTrail | None = None


class Evidence(Model):
    """How long what the responder keeps is kept: evidence and its lock (S3 Object Lock), its log."""

    retention_days: int = Field(default=365, ge=1, le=36500)
    lock_days: int = Field(default=30, ge=1, le=3650)
    log_retention_days: Annotated[int, AfterValidator(_retention)] = 90


class PolicyException(Model):
    """A guardrail of the policy pack that this stack may break until a date (docs/policies.md). The pack reads it."""

    policy: str = Field(pattern=r"^[a-z][a-z0-9-]+$")
    owner: str = Field(min_length=3, max_length=100)
    reason: str = Field(min_length=10, max_length=500)
    expires: Annotated[datetime.date, BeforeValidator(_date)]


class Database(Model):
    """What the database credentials in a decoy secret say; the password is derived from `decoySeed`."""

    engine: Literal["postgres", "mysql"] = "postgres"
    username: Neutral = "app_rw"
    dbname: Neutral = "app"


class SecretDecoy(Model):
    """A Secrets Manager secret that nothing legitimate reads."""

    kind: Literal["secret"]
    name: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9/_+=.@-]{1,72}$"),  # longer ones would not fit into a metric filter
        AfterValidator(_neutral),
        AfterValidator(_not_like_a_suffix),
    ]
    region: Region | None = None
    description: Annotated[str, Field(max_length=2048), AfterValidator(_neutral)] = ""
    database: Database = Database()


class AccessKeyDecoy(Model):
    """An IAM user that may do nothing, with an access key to plant."""

    kind: Literal["accessKey"]
    user_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+=,.@-]{1,64}$"), AfterValidator(_neutral)]


Decoy = Annotated[SecretDecoy | AccessKeyDecoy, Field(discriminator="kind")]


class StackConfig(Model):
    """One account's stack config: what is planted where, who is told, who is never touched.

    The first of `regions` is the home region: trail, responder, ledger and topics live there.
    """

    account_id: Annotated[str, AfterValidator(_account_id)]
    regions: tuple[Region, ...] = Field(min_length=1)
    deploy_role_arn: RoleArn
    # They stand in the responder's environment, of which Lambda takes 4 KB.
    break_glass_arns: tuple[IamArn, ...] = Field(default=(), max_length=20)
    alert_emails: tuple[Email, ...] = Field(min_length=1)
    alarm_emails: tuple[Email, ...] = ()
    prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,18}[a-z0-9]$"), AfterValidator(_prefix)] = "account-audit"
    decoys: tuple[Decoy, ...] = Field(min_length=1)
    decoy_seed: SecretStr = Field(min_length=32)
    trail: Trail = Trail()
    evidence: Evidence = Evidence()
    # What holds evidence can be destroyed with the stack, and its locks lifted, outside production alone.
    environment: Literal["dev", "prod"] = "prod"
    policy_exceptions: tuple[PolicyException, ...] = ()
    # Another response than their own, or none at all, by the names of detections' files, or patterns of them with *.
    detections: dict[str, Literal["none", "observe", "alert", "contain", "default"]] = {}
    # Networks from which nothing is suspicious to the rules that ask for them (%trusted_networks%).
    trusted_networks: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    # A table of the archive for Athena, and saved queries.
    hunting: bool = False
    tags: dict[Annotated[str, AfterValidator(_tag_key)], Neutral] = {}
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
                    raise ValueError(f"{key}: '{value}' stands there twice; name it once")
        for decoy in self.secrets:
            if decoy.region and decoy.region not in self.regions:
                raise ValueError(
                    f"decoys: '{decoy.name}' is in {decoy.region}, which is not among regions; add it there"
                )
        planted = [(d.kind, d.name, d.region or self.home) for d in self.secrets]
        planted += [(d.kind, d.user_name.lower(), "") for d in self.access_keys]  # IAM ignores case
        for kind, name, region in planted:
            if planted.count((kind, name, region)) > 1:
                raise ValueError(f"decoys: the {kind} '{name}' stands there twice; name each once")
        if len(self.secrets) > MAX_SECRETS:
            raise ValueError(f"decoys: {len(self.secrets)} secrets are too many; plant at most {MAX_SECRETS}")
        if self.trail.existing and self.trail.model_fields_set != {"existing"}:
            others = ", ".join(sorted(to_camel(key) for key in self.trail.model_fields_set - {"existing"}))
            raise ValueError(f"trail: {others} can't be set for an existing trail; remove it or trail.existing")
        if self.trail.object_lock and not self.keep_evidence:
            raise ValueError("trail.objectLock: what is locked can't be destroyed; set keepEvidence to true")
        if self.hunting and self.trail.existing:
            raise ValueError("hunting: needs the archive of a trail of this stack; remove it or trail.existing")
        if self.environment == "prod" and not self.keep_evidence:
            raise ValueError(
                "keepEvidence: must be true in production, whose evidence nobody can delete; set environment to dev"
            )
        if self.evidence.lock_days > self.evidence.retention_days:
            raise ValueError("evidence.lockDays: evidence expires before its lock does; make retentionDays longer")
        if self.trail.exclude_kms and self.secrets:
            raise ValueError(
                "trail.excludeKms: must be false while a secret is planted, because KMS Decrypt is its second net"
            )
        for arn in (self.deploy_role_arn, *self.break_glass_arns):
            if arn.split(":")[4] != self.account_id:
                key = "deployRoleArn" if arn == self.deploy_role_arn else "breakGlassArns"
                raise ValueError(
                    f"{key}: '{arn}' is not of the account accountId {self.account_id}; correct one of them"
                )
        return self

    @property
    def home(self) -> str:
        """The home region."""
        return self.regions[0]

    @property
    def detection_regions(self) -> tuple[str, ...]:
        """Every configured region, and the one where global services' events appear."""
        return tuple(dict.fromkeys((*self.regions, GLOBAL_REGION)))

    @property
    def evidence_lock(self) -> ObjectLock:
        """In production nobody, root included, can delete evidence before its time."""
        mode = "COMPLIANCE" if self.environment == "prod" else "GOVERNANCE"
        return ObjectLock(mode=mode, days=self.evidence.lock_days)

    @property
    def secrets(self) -> tuple[SecretDecoy, ...]:
        return tuple(d for d in self.decoys if isinstance(d, SecretDecoy))

    @property
    def access_keys(self) -> tuple[AccessKeyDecoy, ...]:
        return tuple(d for d in self.decoys if isinstance(d, AccessKeyDecoy))

    @property
    def alarm_addresses(self) -> tuple[str, ...]:
        """Who gets the mails of path L: the addresses of path E unless told otherwise."""
        return self.alarm_emails or self.alert_emails

    @property
    def protected_principals(self) -> tuple[str, ...]:
        """Principals that are never contained, beside the responder's own role."""
        return (self.deploy_role_arn, *self.break_glass_arns)


def parse(values: Mapping[str, str]) -> StackConfig:
    """Check the `deadfall:` keys of a stack, as Pulumi passes them: names without namespace, values as strings, objects
    and lists as JSON text.

    Raises:
        ConfigError: a key is missing, unknown or wrong.
    """
    try:
        return StackConfig.model_validate({key: _decoded(key, value) for key, value in values.items()})
    except ValidationError as error:
        raise ConfigError(_sentence(error)) from None


def of_stack(values: Mapping[str, str]) -> StackConfig:
    """The same for all config of a stack: keys with their namespaces, those of others (pulumi, aws) left alone.

    Raises:
        ConfigError: a key is missing, unknown or wrong.
    """
    prefix = f"{NAMESPACE}:"
    return parse({key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)})


def read() -> StackConfig:
    """The config of the stack that is running.

    Raises:
        ConfigError: a key is missing, unknown or wrong.
    """
    from pulumi.runtime import get_config_env  # takes 0.5 s, and only a Pulumi program needs it

    return of_stack(get_config_env())


def _decoded(key: str, value: str) -> Any:
    """Lists, objects and booleans arrive as JSON text, plain strings as themselves."""
    if not value.startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ConfigError(f"{NAMESPACE}:{key}: is not valid JSON; set lists with `pulumi config set --path`") from None


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong, as one sentence that names the key."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = [part for part in first["loc"] if part not in ("secret", "accessKey", "[key]")]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
    message = first["msg"].removeprefix("Value error, ")
    context = first.get("ctx", {})
    match first["type"]:
        case "missing":
            message = f"is missing; set it with {_command(key)}"
        case "extra_forbidden":
            message = "is not a key of Deadfall; correct or remove it (Pulumi.yaml lists all keys)"
        case "string_pattern_mismatch":
            message = f"has the wrong form; it must match {context['pattern']}"
        case "too_long":
            message = f"is too long; it takes at most {context['max_length']}"
        case "string_too_long":
            message = f"is too long; it takes at most {context['max_length']} characters"
        case "string_too_short":
            message = f"is too short; it needs at least {context['min_length']} characters"
        case "too_short":
            message = f"is too short; it needs at least {context['min_length']}"
        case "tuple_type":
            message = f"must be a list; set it with {_command(f'{key}[0]')}"
        case "model_type" | "model_attributes_type" | "dict_type":
            message = f"must be an object; set it with {_command(f'{key}.…')}"
        case "union_tag_invalid" | "union_tag_not_found":
            message = "needs a kind: 'secret' or 'accessKey'"
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
    message = " ".join(message.split())  # some repeat what was given
    return f"{NAMESPACE}:{key}: {message}" if key else f"{NAMESPACE}:{message}"


def _command(key: str) -> str:
    """The command that sets a key, or something in it."""
    option = "--secret " if key == "decoySeed" else ""
    full = f"{NAMESPACE}:{key}"
    if "." in key or "[" in key:
        option, full = "--path ", f"'{full}'"
    return f"`pulumi config set {option}{full} …`"
