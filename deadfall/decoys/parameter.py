"""A decoy Parameter Store parameter, and the ways to touch it.

What CloudTrail writes about each: docs/aws-facts.md, "SSM Parameter Store" and "Denied calls".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from deadfall.decoy import Decoy, Placeholders, RegionalDecoy
from deadfall.field_types import check_neutral, quoted, text_in_form
from deadfall.names import Names
from deadfall.touches.records import Caller, Record, Scene, by_service, iam_user, refusals, role_session
from deadfall.touches.touch import PUBLISHED, Touch, Trace

_API = "https://docs.aws.amazon.com/systems-manager/latest/APIReference"
_GUIDE = "https://docs.aws.amazon.com/systems-manager/latest/userguide"
_KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html"
_DENIED = "https://github.com/aws-solutions/aws-control-tower-customizations/issues/208"

READS = ("GetParameter", "GetParameterHistory")
CHANGES = {
    "change of value": ("PutParameter",),
    "deletion": ("DeleteParameter",),
    "change of labels": ("LabelParameterVersion", "UnlabelParameterVersion"),
}
POLICY_CHANGES = ("PutResourcePolicy", "DeleteResourcePolicy")
TAG_CHANGES = ("AddTagsToResource", "RemoveTagsFromResource")
_TAGS_UNWATCHED = "tags expose nothing, and tools tag every resource"
_INTERNAL = "AWS Internal"  # Parameter Store's calls to KMS name no service (docs/aws-facts.md)
_LONGEST_NAME = 2048  # Parameter Store refuses longer ones (API reference, PutParameter, Name)


def _check_name(value: str) -> str:
    """Check what Parameter Store demands of names (API reference, PutParameter)."""
    if value.endswith("/") or "//" in value:
        raise ValueError(f"{quoted(value)} has an empty level; write a name such as /prod/billing/api-token")
    if "/" in value.lstrip("/") and not value.startswith("/"):
        raise ValueError(f"{quoted(value)} has levels and must begin with a slash; write '/{value}'")
    if re.match(r"/?(aws|ssm)", value, re.I):
        raise ValueError(f"{quoted(value)} begins with aws or ssm, which AWS keeps for itself; choose another name")
    if value.count("/") > 15:
        raise ValueError(f"{quoted(value)} has more than 15 levels; write a shorter path")
    return value


class ParameterDecoy(RegionalDecoy):
    """A Parameter Store parameter (SecureString) that nothing legitimate reads.

    Parameter Store accepts its name and its ARN, each with a version or a label after a colon, and CloudTrail records
    what the caller typed. A denied call names the ARN.
    """

    title = "A decoy parameter"
    most = 10  # two of a bus's 30 rules with wildcards for each; other rules need some (docs/aws-facts.md)
    needs_kms_events = True
    compulsory_detections = ("decoy_parameter_read", "decoy_parameter_decrypt")
    names_placeholder, arns_placeholder = "parameter_names", "parameter_arns"
    example = {"name": "/prod/example/api-token"}  # noqa: RUF012  a ClassVar of the base

    kind: Literal["parameter"]
    name: Annotated[
        str,
        Field(max_length=72),  # longer: no metric filter
        text_in_form(
            r"/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_./-]*)?",
            "a parameter's name: levels of A-Z, a-z, 0-9 and . _ -, separated by slashes",
        ),
        AfterValidator(check_neutral),
        AfterValidator(_check_name),
    ]
    description: Annotated[str, Field(max_length=1024), AfterValidator(check_neutral)] = ""
    own_path: bool = False
    """Whether no application reads a path above the parameter with GetParametersByPath."""

    @property
    def decoy_name(self) -> str:
        return self.name

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths above the parameter, the root first; without levels, the root alone."""
        levels = self.name.lstrip("/").split("/")[:-1]
        return ("/", *("/" + "/".join(levels[: depth + 1]) for depth in range(len(levels))))

    @classmethod
    def of_resource(cls, resource_type: str, inputs: Mapping[str, Any]) -> "ParameterDecoy | None":
        name = str(inputs.get("name"))
        if resource_type != "aws:ssm/parameter:Parameter" or len(name) > _LONGEST_NAME:
            return None
        return cls.model_construct(kind="parameter", name=name, region=inputs.get("region"))

    def arn(self, names: Names) -> str:
        return names.arn("ssm", f"parameter/{self.name.lstrip('/')}", self.region)

    def identifiers(self, names: Names, arn: str | None = None) -> tuple[str, ...]:
        arn = arn or self.arn(names)
        return (self.name, f"{self.name}:*", arn, f"{arn}:*")

    @classmethod
    def placeholders_of_all(cls, decoys: Sequence[Decoy], names: Names) -> Placeholders:
        paths = dict.fromkeys(path for decoy in decoys if isinstance(decoy, cls) for path in decoy.paths)
        spelled = tuple(spelling for path in paths for spelling in ((path,) if path == "/" else (path, f"{path}/")))
        return {**super().placeholders_of_all(decoys, names), "parameter_paths": spelled}

    def warnings(self) -> tuple[str, ...]:
        if self.own_path:
            return ()
        above = self.paths[-1]
        return (
            f"an application that reads the path '{above}' or one above it with GetParametersByPath decrypts "
            f"'{self.name}' too, and is contained for it; give the decoy a path that nothing reads, and set ownPath: "
            "true",
        )

    def touches(self, names: Names, region: str) -> list[Touch]:
        return list(_ParameterTouches(names.account_id, self, self.arn(names), region).touches())


class _ParameterTouches:
    def __init__(self, account_id: str, decoy: ParameterDecoy, arn: str, region: str) -> None:
        self._scene = Scene(account_id, region)
        self._callers = {"IAM user": iam_user(account_id, "mallory"), "role": role_session(account_id, "app")}
        self._name, self._arn, self._paths = decoy.name, arn, decoy.paths
        self._spellings = {"name": self._name, "ARN": arn}
        self._versions = {
            f"{spelling} and {what}": f"{written}:{selector}"
            for spelling, written in self._spellings.items()
            for what, selector in (("version", "3"), ("label", "current"))
        }

    def touches(self) -> Iterator[Touch]:
        yield from self._reads()
        yield from self._lists()
        yield from self._decrypt()
        yield from self._paths_above()
        yield from self._recon()
        yield from self._changes()

    def _reads(self) -> Iterator[Touch]:
        for operation in READS:
            # GetParameterHistory takes no version and no label.
            spellings = self._spellings if operation == "GetParameterHistory" else self._spellings | self._versions
            for spelling, written in spellings.items():
                way, source = f"{operation} by {spelling}", f"{_API}/API_{operation}.html"
                published = (operation, spelling) == ("GetParameter", "name")
                traces = self._allowed(operation, {"name": written}, published=published)
                yield Touch(way, "success", source, traces, essential=True)
                yield Touch(way, "denied", PUBLISHED, self._refused(operation), essential=True)
        yield Touch(
            "GetParameter by name between blanks",
            "success",
            f"{_API}/API_GetParameter.html",
            self._allowed("GetParameter", {"name": f" {self._name} "}, decrypts=True),
        )

    def _lists(self) -> Iterator[Touch]:
        source = f"{_API}/API_GetParameters.html"
        for spelling, written in (self._spellings | self._versions).items():
            parameters = {"names": ["/another", written]}
            traces = self._allowed("GetParameters", parameters, decrypts=True)
            yield Touch(f"GetParameters by {spelling}, with decryption", "success", source, traces, essential=True)
        traces = [
            trace
            for written in (self._spellings | self._versions).values()
            for trace in self._allowed("GetParameters", {"names": ["/another", written]})
        ]
        yield Touch("GetParameters, without decryption", "success", source, traces)
        refused = self._refused("GetParameters")
        yield Touch("GetParameters, refused by the parameter's ARN", "denied", PUBLISHED, refused, essential=True)
        yield Touch(
            "GetParameters, refused for another parameter of the list",
            "denied",
            _DENIED,
            impossible="the message names one parameter of the list or `*`, and AWS does not document which",
        )

    def _decrypt(self) -> Iterator[Touch]:
        way = "KMS Decrypt behind a read"
        traces = [Trace(f"by {who}", [self._kms_decrypt(caller)]) for who, caller in self._callers.items()]
        yield Touch(way, "success", PUBLISHED, traces, essential=True)
        yield Touch(
            way,
            "denied",
            _KMS,
            impossible="the record has no parameters and its message names the key, not the parameter",
        )

    def _paths_above(self) -> Iterator[Touch]:
        way, source = "GetParametersByPath of a path above", f"{_API}/API_GetParametersByPath.html"
        plain, decrypting = [], []
        for path in self._paths:
            for who, caller in self._callers.items():
                label = f"{path} by {who}"
                record = self._call("GetParametersByPath", caller, {"path": path, "recursive": True})
                plain.append(Trace(label, expected=[record]))
                # The call alone is recon: the parameter is touched once it is decrypted.
                decrypting.append(Trace(label, [self._kms_decrypt(caller)]))
        yield Touch(f"{way}, with decryption", "success", source, decrypting)
        yield Touch(f"{way}, without decryption", "success", source, plain)
        yield Touch(way, "denied", _DENIED, impossible="the message names the path in the request, not the parameter")

    def _recon(self) -> Iterator[Touch]:
        source = f"{_GUIDE}/parameter-store-setting-up.html"
        yield from self._named("ListTagsForResource", ["ListTagsForResource"], "resourceId", self._name, source)
        yield from self._named("GetResourcePolicies", ["GetResourcePolicies"], "resourceArn", self._arn, source)
        for outcome in ("success", "denied"):
            yield Touch(
                "DescribeParameters",
                outcome,
                source,
                impossible="it is authorized without a resource, and its record has filters, not what they found",
            )

    def _changes(self) -> Iterator[Touch]:
        for way, operations in CHANGES.items():
            source = f"{_API}/API_{operations[0]}.html"
            yield from self._named(
                f"{way}: {', '.join(operations)}", operations, "name", self._name, source, reads=False
            )
        traces = self._allowed("DeleteParameters", {"names": ["/another", self._name]}, reads=False)
        source = f"{_API}/API_DeleteParameters.html"
        yield Touch("deletion in a list: DeleteParameters", "success", source, traces)
        refused = self._refused("DeleteParameters", reads=False)
        yield Touch("deletion in a list: DeleteParameters", "denied", source, refused)
        way, source = f"sharing: {', '.join(POLICY_CHANGES)}", f"{_API}/API_PutResourcePolicy.html"
        yield from self._named(way, POLICY_CHANGES, "resourceArn", self._arn, source, reads=False)
        way, source = f"change of tags: {', '.join(TAG_CHANGES)}", f"{_API}/API_AddTagsToResource.html"
        yield from self._named(
            way, TAG_CHANGES, "resourceId", self._name, source, reads=False, unwatched=_TAGS_UNWATCHED
        )

    def _named(
        self,
        way: str,
        operations: Sequence[str],
        parameter: str,
        written: str,
        source: str,
        *,
        reads: bool = True,
        unwatched: str = "",
    ) -> Iterator[Touch]:
        """Yield both outcomes of calls that name the parameter in one request parameter."""
        allowed = [
            trace for operation in operations for trace in self._allowed(operation, {parameter: written}, reads=reads)
        ]
        yield Touch(way, "success", source, allowed, unwatched=unwatched)
        refused = [trace for operation in operations for trace in self._refused(operation, reads=reads)]
        yield Touch(way, "denied", source, refused)

    def _allowed(
        self,
        operation: str,
        parameters: Mapping[str, object],
        *,
        reads: bool = True,
        decrypts: bool = False,
        published: bool = False,
    ) -> list[Trace]:
        """Return the traces of a call that succeeds; unless its record is published, it is not verified on AWS."""
        traces = []
        for who, caller in self._callers.items():
            record = self._call(operation, caller, parameters, reads=reads)
            known = [*([record] if published else []), *([self._kms_decrypt(caller)] if decrypts else [])]
            assumed = [] if published else [record]
            traces.append(Trace(f"{operation} with {parameters} by {who}", known, assumed))
        return traces

    def _refused(self, operation: str, *, reads: bool = True) -> list[Trace]:
        return [
            Trace(
                f"{operation} by {who}, {message.partition(self._arn)[2].strip()}",
                [self._call(operation, caller, {}, reads=reads, denied=message)],
            )
            for who, caller in self._callers.items()
            for message in refusals(caller, f"ssm:{operation}", self._arn)
        ]

    def _call(
        self,
        operation: str,
        caller: Caller,
        parameters: Mapping[str, object],
        *,
        reads: bool = True,
        denied: str | None = None,
    ) -> Record:
        return self._scene.call("ssm", operation, caller, parameters, reads=reads, denied=denied)

    def _kms_decrypt(self, caller: Caller) -> Record:
        served = by_service(caller, "ssm")
        key = f"arn:aws:kms:{self._scene.region}:{self._scene.account_id}:key/00000000-0000-0000-0000-000000000000"
        return self._scene.call(
            "kms",
            "Decrypt",
            Caller(served.arn, {**served.identity, "invokedBy": _INTERNAL}),
            {"encryptionContext": {"PARAMETER_ARN": self._arn}, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
            reads=True,
            more={"resources": [{"accountId": self._scene.account_id, "type": "AWS::KMS::Key", "ARN": key}]},
        )
