"""Path L over the log group of an organization's trail, which holds the records of all its accounts."""

from dataclasses import replace

from .detection_rule import DetectionRule


def of_account(rule: DetectionRule, account_id: str) -> DetectionRule:
    """The rule with a filter pattern that leaves out the records of other accounts: a secret of the same name elsewhere
    must not raise this account's alarm. Path E is of one account by itself.

    `recipientAccountId` is in every record (CloudTrail user guide, "CloudTrail record contents").
    """
    condition = rule.filter_pattern.removeprefix("{").removesuffix("}").strip()
    pinned = f'{{ ($.recipientAccountId = "{account_id}") && ({condition}) }}'
    return replace(rule, filter_pattern=pinned)
