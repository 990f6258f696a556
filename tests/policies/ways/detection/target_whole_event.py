from guardrails.types import EVENT_TARGET
from tests.policies.detections import READ, at_home
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

TARGET = (EVENT_TARGET, at_home(READ))
TEMPLATE = "inputTransformer.inputTemplate"

WAYS = Ways(
    violations=(
        Way("a constant", lambda g: g.having(*TARGET, "input", "{}"), "sets input,"),
        Way("a part", lambda g: g.having(*TARGET, "inputPath", "$.detail"), "sets inputPath,"),
        Way(
            "a template of less", lambda g: g.having(*TARGET, TEMPLATE, '{"id": <aws.events.rule-arn>}'), "without the"
        ),
        Way("no template", lambda g: g.lacking(*TARGET, TEMPLATE), "without the event"),
    ),
    compliant=(Way("as it is", lambda g: g.lacking(*TARGET, "inputTransformer")),),
    unknown=(Way("template", lambda g: g.having(*TARGET, TEMPLATE, UNKNOWN)),),
)
