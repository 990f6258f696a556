"""Stack config: typed, validated, and read nowhere else.

`read()` turns the config that Pulumi passes to the program (namespace `deadfall`) into one frozen `StackConfig`, or
raises a `ConfigError` with every mistake, each in one sentence that names the key and the remedy.
"""

import datetime
import ipaddress
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic.alias_generators import to_camel

from .config_problem import NAMESPACE, NO_SCALARS, Problem, Scalars, misspelt, misspelt_keys, problem_of
from .decoy import Decoy
from .decoys import AnyDecoy
from .field_types import Model, Neutral, Region, check_neutral, quoted, text_in_form
from .names import GLOBAL_REGION, Names

D = TypeVar("D", bound=Decoy)

# The values that CloudWatch Logs accepts (API reference, PutRetentionPolicy).
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

MANDATORY_TAGS = ("Team",)
"""Tags that every stack sets. The guardrail account-mandatory-tags demands them too."""

COMPULSORY_DETECTIONS = ("root_use", "cloudtrail_tampering", "cloudtrail_selectors_reduced")
"""Detections that every stack has, besides those of its decoys. The guardrail detection-both-paths demands them too."""

# No organization has more addresses than an IPv4 /8 or an IPv6 /19, but for IPv6's unique local ones.
_WIDEST = {4: 8, 6: 19}
_UNIQUE_LOCAL = ipaddress.IPv6Network("fc00::/7")


class ConfigError(Exception):
    """Invalid stack config; the message has a line for each mistake, which names the key and the remedy."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def _account_id(value: str) -> str:
    if not re.fullmatch(r"\d{12}", value, re.ASCII):
        raise ValueError("must be 12 digits, in quotes: YAML drops a leading zero")
    return value


def _network(value: str) -> str:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{quoted(value)} is not a network; write one such as 203.0.113.0/24") from None
    if network.prefixlen < _WIDEST[network.version] and network != _UNIQUE_LOCAL:
        contained = "addresses of many owners" if network.prefixlen else "every address"
        raise ValueError(
            f"'{network}' contains {contained}, so rules would ignore intruders too; list only your own networks"
        )
    if str(network) != value and "/" in value and ipaddress.ip_address(value.partition("/")[0]) != network[0]:
        raise ValueError(f"{quoted(value)} is an address inside a network; write '{network}'")
    return value


def _email(value: str) -> str:
    if not re.fullmatch(r"[^@\s\"<>,;]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", value):
        raise ValueError(f"{quoted(value)} is not a mail address; write one such as soc@example.com")
    return value


def _iam_arn(value: str) -> str:
    if not re.fullmatch(r"arn:aws:iam::\d{12}:(role|user)/[\w+=,.@/-]{1,576}", value, re.ASCII):
        raise ValueError(
            f"{quoted(value)} is not the ARN of an IAM role or user; write one such as "
            "arn:aws:iam::111122223333:role/deploy"
        )
    return value


def _role_arn(value: str) -> str:
    if ":role/" not in _iam_arn(value):
        raise ValueError(f"{quoted(value)} is a user; deploy by a role, such as arn:aws:iam::111122223333:role/deploy")
    return value


def _tag_key(value: str) -> str:
    if value.lower().startswith("aws:"):
        raise ValueError(f"{quoted(value)} begins with aws:, which AWS keeps for itself; choose another key")
    return check_neutral(value)


def _prefix(value: str) -> str:
    if value.startswith(("sthree-", "amzn-s3-demo-")):
        raise ValueError(
            f"{quoted(value)} begins with a prefix that S3 reserves for bucket names; choose another prefix"
        )
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
ConfiguredResponse = Literal["none", "observe", "alert", "contain", "default"]


class ObjectLock(Model):
    """S3 Object Lock default retention. In COMPLIANCE mode no principal, root included, can shorten it."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"]
    days: int = Field(ge=1, le=3650)


class ExistingTrail(Model):
    """An adopted trail: Deadfall reads its log group and creates no trail.

    The log group of an organization's trail is in the account that created the trail and has the records of every
    account of the organization (CloudTrail user guide, "Creating a trail for an organization").
    """

    log_group_name: Annotated[
        str, text_in_form(r"[.\-_/#A-Za-z0-9]{1,512}", "a log group's name: A-Z, a-z, 0-9 and . - _ / #")
    ]
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

    policy: Annotated[
        str, text_in_form(r"[a-z][a-z0-9-]+", "a guardrail's name, such as stores-log-retention (docs/policies.md)")
    ]
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
    prefix: Annotated[
        str,
        text_in_form(
            r"[a-z][a-z0-9-]{1,18}[a-z0-9]",
            "a prefix of 3 to 20 characters: a-z, 0-9 and hyphens, a letter first and no hyphen last",
        ),
        AfterValidator(_prefix),
    ] = "account-audit"
    decoys: tuple[AnyDecoy, ...] = Field(min_length=1)
    decoy_seed: SecretStr = Field(min_length=32)
    trail: Trail = Trail()
    evidence: Evidence = Evidence()
    # Only outside production can evidence be destroyed with the stack and its locks be lifted.
    environment: Literal["dev", "prod"] = "prod"
    policy_exceptions: tuple[PolicyException, ...] = ()
    # Responses that replace a rule's own, by rule name or pattern with *.
    detections: dict[str, ConfiguredResponse] = Field(default={})
    # Values of the placeholder %trusted_networks%.
    trusted_networks: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    # Whether to create an Athena table over the archive and saved queries.
    hunting: bool = False
    tags: dict[Annotated[str, AfterValidator(_tag_key)], Neutral] = Field(default={})
    keep_evidence: bool = True

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

    def configured_response(self, detection: str) -> ConfiguredResponse:
        """Return the response that `detections` gives a detection: the longest name or pattern that matches decides."""
        matching = [pattern for pattern in self.detections if fnmatchcase(detection, pattern)]
        return self.detections[max(matching, key=len)] if matching else "default"

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


@dataclass(frozen=True)
class Validation:
    """The result of a validation: every mistake, and the config.

    If there are mistakes, `config` has defaults or examples in the place of what is wrong, so that the rest can be
    checked in the same run; `wrong` are the keys with such replacements.
    """

    config: StackConfig
    problems: tuple[Problem, ...]
    wrong: frozenset[str]


def validate(values: Mapping[str, Any], scalars: Scalars = NO_SCALARS, assumed: Set[str] = frozenset()) -> Validation:
    """Validate the keys of a stack's config, without their namespace.

    Args:
        values: texts, numbers, lists and objects by key; lists and objects may also be JSON text.
        scalars: the original text of values that YAML reads as something other than text.
        assumed: keys whose values are only examples, which need not agree with the others.
    """
    given, problems = _decoded(values)
    wrong = assumed | (values.keys() - given.keys())
    written = misspelt_keys(given, StackConfig)
    for key in written:
        given[key] = given.pop(written[key])  # so that its value is checked too
        problems.append(misspelt(written[key], key))
    config: StackConfig | None = None
    for last in (False, True):  # what is removed can leave a list empty, which an example then replaces
        try:
            config = StackConfig.model_validate(given)
            break
        except ValidationError as error:
            errors = [each for each in error.errors(include_url=False) if not _follows(each, error, wrong)]
            problems += [problem_of(each, StackConfig, scalars, written) for each in errors]
            given = _without(given, [each["loc"] for each in error.errors(include_url=False)], whole_keys=last)
            wrong = wrong | {str(each["loc"][0]) for each in errors}
    config = config or StackConfig.model_validate(given)
    return Validation(config, (*problems, *_inconsistencies(config, wrong)), frozenset(wrong))


def _follows(each: Mapping[str, Any], error: ValidationError, wrong: Set[str]) -> bool:
    """Return whether an error is only a consequence of others: a list is too short because its elements are wrong."""
    if each["loc"][0] in wrong:
        return True
    loc = each["loc"]
    others = [other["loc"] for other in error.errors(include_url=False) if other["loc"] != loc]
    return each["type"] == "too_short" and any(other[: len(loc)] == loc for other in others)


def _decoded(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Decode lists and objects from their JSON text; leave out what is not JSON."""
    decoded: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in values.items():
        if isinstance(value, str) and value.startswith(("[", "{")):
            try:
                decoded[key] = json.loads(value)
            except (ValueError, RecursionError):
                problems.append(Problem.of((key,), "is not valid JSON; set lists with `pulumi config set --path`"))
        else:
            decoded[key] = value
    return decoded, problems


EXAMPLES: Mapping[str, Any] = {
    "accountId": "111122223333",
    "regions": ["eu-west-1"],
    "deployRoleArn": "arn:aws:iam::111122223333:role/deploy",
    "alertEmails": ["soc@example.com"],
    "decoys": [{"kind": "secret", "name": "prod/example"}],
    "decoySeed": "0" * 32,
}
"""A value of each required key."""


def _without(values: Mapping[str, Any], wrong: Iterable[tuple[int | str, ...]], *, whole_keys: bool) -> dict[str, Any]:
    """Return the values without what is wrong, and with examples of the keys that the stack then lacks.

    Args:
        whole_keys: remove whole lists and maps, not only their wrong elements.
    """
    left = dict(values)
    elements: dict[str, set[int | str]] = {}
    for key, *inside in wrong:
        if not whole_keys and inside and (isinstance(inside[0], int) or key in _MAPS):
            elements.setdefault(str(key), set()).add(inside[0])
        else:
            left.pop(str(key), None)
    for key in elements.keys() & left.keys():
        value = left[key]
        if isinstance(value, dict):
            left[key] = {name: each for name, each in value.items() if name not in elements[key]}
        else:
            left[key] = [each for index, each in enumerate(value) if index not in elements[key]]
    return {**EXAMPLES, **left}


_MAPS = ("detections", "tags")  # their elements have nothing to do with each other


def _inconsistencies(config: StackConfig, wrong: Set[str]) -> Iterator[Problem]:
    """Return what is wrong between keys, as far as the keys themselves are right."""
    for needed, check in _CHECKS:
        if wrong.isdisjoint(needed):
            yield from (Problem.of(tuple(key.split(".")), message) for key, message in check(config))


_Found = Iterator[tuple[str, str]]
"""Keys without namespace, each with what is wrong with its value."""


def _duplicates(config: StackConfig) -> _Found:
    for key, values in (
        ("regions", config.regions),
        ("breakGlassArns", config.break_glass_arns),
        ("alertEmails", config.alert_emails),
        ("alarmEmails", config.alarm_emails),
        ("trustedNetworks", config.trusted_networks),
    ):
        for value, times in Counter(values).items():
            if times > 1:
                yield key, f"{quoted(value)} is listed twice; remove the duplicate"


def _decoy_regions(config: StackConfig) -> _Found:
    names = Names.of(config)
    for decoy in config.decoys:
        region = decoy.planted_in(names)
        if region and region not in config.regions:
            yield "decoys", f"'{decoy.decoy_name}' is in {region}, which is not among regions; add it there"


def _decoy_duplicates(config: StackConfig) -> _Found:
    names = Names.of(config)
    planted = Counter(_unique(decoy, names) for decoy in config.decoys)
    for decoy in config.decoys:
        if planted.pop(_unique(decoy, names), 0) > 1:
            yield "decoys", f"the {decoy.kind} '{decoy.decoy_name}' is listed twice; remove the duplicate"


def _decoy_numbers(config: StackConfig) -> _Found:
    for kind, number in Counter(type(decoy) for decoy in config.decoys).items():
        if kind.most is not None and number > kind.most:
            yield "decoys", f"{number} of kind {kind.kind_name()} are too many; plant at most {kind.most}"


def _adopted_trail(config: StackConfig) -> _Found:
    trail = config.trail
    if trail.existing and trail.model_fields_set != {"existing"}:
        others = ", ".join(sorted(to_camel(key) for key in trail.model_fields_set - {"existing"}))
        yield "trail", f"{others} cannot be set together with trail.existing; remove one of them"
    if config.hunting and trail.existing:
        yield "hunting", "requires the archive of this stack's own trail; remove hunting or trail.existing"


def _kept_evidence(config: StackConfig) -> _Found:
    if config.trail.object_lock and not config.keep_evidence:
        yield "trail.objectLock", "a locked archive cannot be destroyed; set keepEvidence to true"
    if config.environment == "prod" and not config.keep_evidence:
        yield (
            "keepEvidence",
            "must be true in production, where evidence cannot be deleted; set environment to dev",
        )


def _evidence_lock(config: StackConfig) -> _Found:
    if config.evidence.lock_days > config.evidence.retention_days:
        yield "evidence.lockDays", "evidence expires before its lock does; increase evidence.retentionDays"


def _kms_events(config: StackConfig) -> _Found:
    if config.trail.exclude_kms and (decoy := next((each for each in config.decoys if each.needs_kms_events), None)):
        yield (
            "trail.excludeKms",
            f"must be false while a {decoy.kind} is planted, because its KMS Decrypt records are the second way to "
            "detect a read",
        )


def _account(config: StackConfig) -> _Found:
    for key, arns in (("deployRoleArn", (config.deploy_role_arn,)), ("breakGlassArns", config.break_glass_arns)):
        for arn in arns:
            if arn.split(":")[4] != config.account_id:
                yield (
                    key,
                    f"'{arn}' belongs to another account than accountId {config.account_id}; correct one of them",
                )


_CHECKS: tuple[tuple[tuple[str, ...], Callable[[StackConfig], _Found]], ...] = (
    ((), _duplicates),
    (("regions",), _decoy_regions),
    ((), _decoy_duplicates),
    ((), _decoy_numbers),
    (("trail",), _adopted_trail),
    (("trail", "keepEvidence", "environment"), _kept_evidence),
    (("evidence",), _evidence_lock),
    (("trail",), _kms_events),
    (("accountId", "deployRoleArn"), _account),
)
"""Each check, with the keys that it can't do without: a list that lacks its wrong elements is as good as any."""


def unmet_requirements(validation: Validation) -> list[Problem]:
    """Return what the policy pack demands of config and the config lacks, but for guardrails with an exception.

    The pack checks the same in the resource graph; config says it first, in terms of config.
    """
    config = validation.config
    excused = {exception.policy for exception in config.policy_exceptions}
    found: list[tuple[str, str]] = list(_continued_names(config))
    if "account-mandatory-tags" not in excused:
        found += _missing_tags(validation)
    if "detection-both-paths" not in excused:
        found += _missing_detections(config)
    return [Problem.of((key,), message) for key, message in found]


def _continued_names(config: StackConfig) -> _Found:
    for decoy in config.decoys:
        for other in config.decoys:
            if decoy.is_matched_with(other, Names.of(config)):
                yield (
                    "decoys",
                    f"the {decoy.kind} '{decoy.decoy_name}' continues the name of '{other.decoy_name}', so a touch of "
                    "it raises the alarms of both; rename one of them",
                )


def _missing_tags(validation: Validation) -> _Found:
    reported = {problem.path for problem in validation.problems}
    if "tags" in validation.wrong and not any(path[0] == "tags" and len(path) > 1 for path in reported):
        return
    for tag in MANDATORY_TAGS:
        if not validation.config.tags.get(tag, "").strip() and ("tags", tag) not in reported:
            yield (
                "tags",
                f"the tag {tag} is missing, which shows whom to ask about a resource; set it, such as "
                f"{{{tag}: platform}}",
            )


def _missing_detections(config: StackConfig) -> _Found:
    of_decoys = (name for decoy in config.decoys for name in decoy.compulsory_detections)
    off = [
        name
        for name in dict.fromkeys((*COMPULSORY_DETECTIONS, *of_decoys))
        if config.configured_response(name) == "none"
    ]
    if off:
        yield (
            "detections",
            f"{', '.join(off)} cannot be none: the use of root, changes of the trail and touches of the decoys must be "
            "detected; set them to default, observe or alert",
        )


def without_mistakes(validation: Validation) -> StackConfig:
    """Return a config that the program accepts, to check the rest of a stack whose config has mistakes.

    Examples and defaults replace keys that contradict others or lack what the policy pack demands. Its seed is public.
    """
    for _ in StackConfig.model_fields:
        given = validation.config.model_dump(by_alias=True, exclude_unset=True, mode="json")
        validation = validate({**given, "decoySeed": EXAMPLES["decoySeed"]})
        wrong = {str(each.path[0]) for each in (*validation.problems, *unmet_requirements(validation))}
        if not wrong:
            break
        left = {key: value for key, value in given.items() if key not in wrong}
        account = left.get("accountId", EXAMPLES["accountId"])
        examples = {**EXAMPLES, "deployRoleArn": f"arn:aws:iam::{account}:role/deploy", "tags": _EXAMPLE_TAGS}
        validation = validate({**examples, **left, "decoySeed": EXAMPLES["decoySeed"]})
    return validation.config


_EXAMPLE_TAGS = dict.fromkeys(MANDATORY_TAGS, "platform")


def parse(values: Mapping[str, str]) -> StackConfig:
    """Validate the `deadfall:` keys of a stack as Pulumi passes them.

    Args:
        values: keys without namespace; values as strings, objects and lists as JSON text.

    Raises:
        ConfigError: keys are missing, unknown or wrong.
    """
    return _parsed(values, requirements=False)


def of_stack(values: Mapping[str, str]) -> StackConfig:
    """Validate all config of a stack: keys with namespaces; keys of other namespaces (pulumi, aws) are ignored.

    Unlike `parse`, demand what the policy pack demands of config.

    Raises:
        ConfigError: keys are missing, unknown or wrong.
    """
    prefix = f"{NAMESPACE}:"
    return _parsed(
        {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}, requirements=True
    )


def read() -> StackConfig:
    """Return the config of the running stack.

    Raises:
        ConfigError: keys are missing, unknown or wrong.
    """
    from pulumi.runtime import get_config_env  # takes 0.5 s, and only a Pulumi program needs it

    return of_stack(get_config_env())


def _parsed(values: Mapping[str, str], *, requirements: bool) -> StackConfig:
    validation = validate(values)
    problems = [*validation.problems, *(unmet_requirements(validation) if requirements else ())]
    if problems:
        raise ConfigError(problems)
    return validation.config
