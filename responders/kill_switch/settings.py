"""The responder's settings: the environment of its Lambda function."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from . import arn


class SettingsError(Exception):
    """The function's environment can't be used; the message names the variable and the mend."""


@dataclass(frozen=True)
class Settings:
    account_id: str
    home_region: str
    prefix: str
    ledger_table: str
    evidence_bucket: str
    alert_topic_arn: str
    trail_log_group: str
    deploy_role: arn.Entity
    protected: frozenset[arn.Entity]
    """Break-glass principals and the deploy role, from PROTECTED_PRINCIPALS."""

    @property
    def responder_role_name(self) -> str:
        return f"{self.prefix}-responder"

    @property
    def quarantine_policy_name(self) -> str:
        return f"{self.prefix}-quarantine"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises SettingsError."""

        def text(name: str) -> str:
            if not environment.get(name):
                raise SettingsError(f"{name} is missing from the function's environment: deploy the stack again.")
            return environment[name]

        def entity(name: str, value: object) -> arn.Entity:
            parsed = arn.entity(value)
            if parsed is None:
                raise SettingsError(
                    f"{name} contains {value!r}, which is not the ARN of an IAM role or user: correct it."
                )
            return parsed

        if not re.fullmatch(r"\d{12}", text("ACCOUNT_ID")):
            raise SettingsError("ACCOUNT_ID is not a 12-digit account id: correct it.")
        try:
            protected = json.loads(text("PROTECTED_PRINCIPALS"))
        except json.JSONDecodeError as error:
            raise SettingsError(
                f"PROTECTED_PRINCIPALS is not JSON ({error}): set it to a JSON list of IAM ARNs."
            ) from error
        if not isinstance(protected, list):
            raise SettingsError("PROTECTED_PRINCIPALS is not a JSON list: set it to a JSON list of IAM ARNs.")
        return cls(
            account_id=text("ACCOUNT_ID"),
            home_region=text("HOME_REGION"),
            prefix=text("PREFIX"),
            ledger_table=text("LEDGER_TABLE"),
            evidence_bucket=text("EVIDENCE_BUCKET"),
            alert_topic_arn=text("ALERT_TOPIC_ARN"),
            trail_log_group=text("TRAIL_LOG_GROUP"),
            deploy_role=entity("DEPLOY_ROLE_ARN", text("DEPLOY_ROLE_ARN")),
            protected=frozenset(entity("PROTECTED_PRINCIPALS", value) for value in protected),
        )
