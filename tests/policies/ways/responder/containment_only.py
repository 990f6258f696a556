from tests.policies.granted import granted, unreadable
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

USER, ROLE = "arn:aws:iam::111122223333:user/*", "arn:aws:iam::111122223333:role/*"
DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ATTACH = {"Action": "iam:AttachUserPolicy", "Resource": USER}

DENIES_ALL = {"ArnEquals": {"iam:PolicyARN": DENY_ALL}}


def _action(action: str, resource: str = USER) -> Way:
    return Way(action, granted(Action=action, Resource=resource), f"'Added' allows {action.lower()}")


WAYS = Ways(
    violations=(
        _action("iam:CreateAccessKey"),
        _action("iam:CreateUser"),
        _action("iam:CreateLoginProfile"),
        _action("iam:CreatePolicyVersion"),
        _action("iam:UpdateLoginProfile"),
        _action("iam:AddUserToGroup"),
        _action("iam:PassRole", ROLE),
        _action("iam:UpdateAssumeRolePolicy", ROLE),
        _action("iam:DeleteRolePolicy", ROLE),
        _action("iam:PutGroupPolicy"),
        _action("sts:AssumeRole", ROLE),
        _action("STS:AssumeRole", ROLE),
        _action("iam:AttachUserPolicy"),
        _action("iam:AttachRolePolicy", ROLE),
        _action("iam:AttachGroupPolicy"),
        Way("attach another", granted(**ATTACH, Condition={"ArnEquals": {"iam:PolicyARN": ADMIN}}), "of any policy"),
        Way("attach one more", granted(**ATTACH, Condition={"ArnEquals": {"iam:PolicyARN": [DENY_ALL, ADMIN]}}), "any"),
        Way("attach all but", granted(**ATTACH, Condition={"ArnNotEquals": {"iam:PolicyARN": DENY_ALL}}), "any"),
        Way("in prod", granted(Action="iam:PassRole", Resource=ROLE), "iam:passrole", stack="prod"),
    ),
    compliant=(
        Way("attach what denies all", granted(**ATTACH, Condition={"ArnEquals": {"iam:PolicyARN": DENY_ALL}})),
        Way("attach that alone", granted(**ATTACH, Condition={"StringEquals": {"iam:PolicyARN": [DENY_ALL]}})),
        Way("to a role", granted(Action="iam:AttachRolePolicy", Resource=ROLE, Condition=DENIES_ALL)),
        Way("read", granted(Action=["iam:GetRole", "iam:ListRolePolicies"], Resource=ROLE)),
        Way("a deny may", granted(Effect="Deny", Action="iam:PassRole", Resource="*")),
    ),
    unknown=(Way("the policy", unreadable(UNKNOWN)),),
)
