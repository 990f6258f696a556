"""`make oracle`: pairs of pattern and event through event-ruler and through our own matcher."""

import argparse
import secrets
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from random import Random

from ..java import OracleUnavailable
from .event_ruler import EventRuler
from .events import event as event_for
from .exceptions import REASONS, known_exception
from .json_text import render
from .kinds import MATCH_TYPES, NESTINGS, kinds
from .patterns import pattern as random_pattern
from .shrink import Pair, shrunk
from .verdicts import COMPLEX, MATCHED, MISSED, REFUSED, agreed, our_verdict

_BATCH = 1000
_SHOWN = 10  # disagreements that are shrunk and printed


def pairs(seed: int, count: int) -> Iterator[Pair]:
    """The same ones for the same seed."""
    random = Random(seed)  # noqa: S311 - test data
    for _ in range(count):
        pattern = random_pattern(random)
        yield pattern, event_for(pattern, random)


class Comparison:
    """Compares and counts, pair by pair."""

    def __init__(self, oracle: EventRuler) -> None:
        self._oracle = oracle
        self.outcomes: Counter[str] = Counter()
        self.by_kind: dict[str, Counter[str]] = defaultdict(Counter)
        self.exceptions: Counter[str] = Counter()
        self.disagreements: list[Pair] = []

    def compare(self, batch: Sequence[Pair]) -> None:
        """Count the pairs' outcomes and remember where the two disagree."""
        for pair, (ours, theirs, incomparable) in zip(batch, self._verdicts(batch), strict=True):
            outcome = agreed(ours, theirs)
            if outcome is None:
                exception = known_exception(pair, ours, theirs, incomparable, self._verdicts)
                if exception is None:
                    self.disagreements.append(pair)
                else:
                    self.exceptions[exception] += 1
                continue
            self.outcomes[outcome] += 1
            for kind in kinds(*pair):
                self.by_kind[kind][outcome] += 1

    def minimal_disagreements(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Some of the disagreements, as small as they get: pattern and event with our verdict and event-ruler's."""
        minimal = (shrunk(pair, self._disagreeing) for pair in self.disagreements[:_SHOWN])
        return {
            (render(pattern), render(event)): self._verdicts([(pattern, event)])[0][:2] for pattern, event in minimal
        }

    def _verdicts(self, batch: Sequence[Pair]) -> list[tuple[str, str, list[str]]]:
        texts = [(render(pattern), render(event)) for pattern, event in batch]
        ours = [our_verdict(pattern, event) for pattern, event in texts]
        return [(our, *their) for our, their in zip(ours, self._oracle.verdicts(texts), strict=True)]

    def _disagreeing(self, batch: Sequence[Pair]) -> list[bool]:
        return [
            agreed(ours, theirs) is None and known_exception(pair, ours, theirs, incomparable, self._verdicts) is None
            for pair, (ours, theirs, incomparable) in zip(batch, self._verdicts(batch), strict=True)
        ]


def main() -> int:
    """Print what was compared; the exit status is 0 where the two agree throughout and every kind was met."""
    arguments = _arguments()
    count, seed = arguments.pairs, arguments.seed
    print(f"{count:,} pairs of seed {seed} (make oracle PAIRS={count} SEED={seed})")
    try:
        with EventRuler() as oracle:
            comparison = Comparison(oracle)
            generated = pairs(seed, count)
            for done in range(0, count, _BATCH):
                comparison.compare([next(generated) for _ in range(min(_BATCH, count - done))])
            minimal = comparison.minimal_disagreements()
    except OracleUnavailable as unavailable:
        print(unavailable, file=sys.stderr)
        return 1
    unmet = _print_table(comparison)
    for (pattern, event), (ours, theirs) in minimal.items():
        print(f"\nDisagreement\n  pattern      {pattern}\n  event        {event}")
        print(f"  Deadfall     {ours}\n  event-ruler  {theirs}")
    print(f"\n{len(comparison.disagreements):,} disagreements")
    for kind in unmet:
        print(f"{kind}: not both matched and missed: more pairs are needed.")
    return 1 if comparison.disagreements or unmet else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--pairs", type=int, default=100_000, metavar="NUMBER", help="how many (default: 100,000)")
    parser.add_argument("--seed", type=int, default=None, metavar="NUMBER", help="the seed of an earlier run")
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = secrets.randbelow(2**32)
    return arguments


def _print_table(comparison: Comparison) -> list[str]:
    """Print the counts; the kinds that were not met both with a match and without are returned."""
    columns = (MATCHED, MISSED, REFUSED, COMPLEX)
    print(f"\n{'':44}{'pairs':>9}" + "".join(f"{column:>9}" for column in columns))

    def row(name: str, counts: Counter[str]) -> None:
        print(f"{name:44}{counts.total():>9,}" + "".join(f"{counts[column]:>9,}" for column in columns))

    for kind in (*MATCH_TYPES, *NESTINGS):
        row(kind, comparison.by_kind[kind])
    row("all", comparison.outcomes)
    for reason in REASONS:
        print(f"named exception: {comparison.exceptions[reason]:,} pairs: {reason}")
    return [
        kind
        for kind in (*MATCH_TYPES, *NESTINGS)
        if not comparison.by_kind[kind][MATCHED] or not comparison.by_kind[kind][MISSED]
    ]


if __name__ == "__main__":
    sys.exit(main())
