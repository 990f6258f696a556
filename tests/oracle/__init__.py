"""`make oracle`: is `deadfall.patterns.event_pattern` the matcher that AWS has?

EventBridge matches with the open-source event-ruler, a Java library. Random pairs of an event pattern and an event go
through it and through our `EventPattern`: what one matches, misses or refuses the other must too, its limit on the
complexity of wildcards included. It needs java (JDK 17 or newer) and mvn, which fetches the library once; it is no part
of `make test`, but the tests of its own parts are (`test_parts.py`).

The pairs come from a seed that is printed: `make oracle PAIRS=5000 SEED=1` makes the same ones again. `patterns.py`
makes patterns of every match type and nesting and spoils some of them, `events.py` makes events that match them or miss
narrowly, `kinds.py` names what a pair exercises. Disagreements are shrunk (`shrink.py`) and printed with an exit status
of 1, as is a kind that no pair matched or none missed. Where we are known to differ, and mean to, is in
`exceptions.py`; such pairs are counted with their reason, and only once it is shown to be the cause.
"""
