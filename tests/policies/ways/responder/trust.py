from typing import Any

from guardrails.types import ROLE
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

KEY = "assumeRolePolicy"


def _trust(title: str, told: str, stack: str = "dev", **statement: Any) -> Way:
    return Way(
        title,
        lambda graph: graph.with_document(ROLE, "responder", KEY, lambda found: found[0].update(statement)),
        told,
        stack,
    )


def _more(title: str, told: str, **statement: Any) -> Way:
    return Way(
        title,
        lambda graph: graph.with_document(ROLE, "responder", "assumeRolePolicy", lambda found: found.append(statement)),
        told,
    )


ADMIN = {"AWS": "arn:aws:iam::111122223333:role/admin"}
LAMBDA = {"Service": "lambda.amazonaws.com"}

WAYS = Ways(
    violations=(
        _trust("another service", "admits Service:ec2", Principal={"Service": "ec2.amazonaws.com"}),
        _trust("two services", "ec2", Principal={"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}),
        _trust("a role", "admits AWS:arn:aws:iam::111122223333:role/admin", Principal=ADMIN, stack="prod"),
        _trust("beside Lambda", "role/admin", Principal={**LAMBDA, **ADMIN}),
        _trust("everybody", "admits *", Principal="*"),
        _trust("sessions with tags", "more than sts:AssumeRole", Action=["sts:AssumeRole", "sts:TagSession"]),
        _trust("any action", "more than sts:AssumeRole", Action="sts:*"),
        _trust("nobody", "lets nobody", Effect="Deny"),
        _more("one more statement", "role/admin", Effect="Allow", Principal=ADMIN, Action="sts:AssumeRole"),
        _more("all but some", "all but some", Effect="Allow", NotPrincipal=ADMIN, Action="sts:AssumeRole"),
        Way("no JSON", lambda graph: graph.having(ROLE, "responder", "assumeRolePolicy", "{"), "no policy document"),
    ),
    compliant=(
        _more("a deny", "", Effect="Deny", Principal=ADMIN, Action="sts:AssumeRole"),
        Way(
            "of another role",
            lambda graph: graph.with_document(
                ROLE, "forwarder", "assumeRolePolicy", lambda found: found[0].update(Sid="Rules")
            ),
        ),
    ),
    unknown=(Way("the policy", lambda graph: graph.having(ROLE, "responder", "assumeRolePolicy", UNKNOWN)),),
)
