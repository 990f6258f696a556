from guardrails.types import TRAIL
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way("taken out", lambda graph: graph.without(TRAIL), "Nothing records"),
        Way("adopts none", lambda graph: graph.configured(trail={}), "Nothing records", stack="prod"),
        Way("adopts nothing", lambda graph: graph.configured(trail={"existing": {}}), "Nothing records", stack="prod"),
        Way("adopts no object", lambda graph: graph.configured(trail=["x"]), "Nothing records", stack="prod"),
    ),
    compliant=(Way("made, and configured", lambda graph: graph.configured(trail={"logRetentionDays": 14})),),
    never_unknown="it is known which resources there are, and stack config is",
)
