"""`make trino`: Athena's statements in Trino itself, beside what they must select."""

import argparse
import secrets
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import duckdb

from ..java import OracleUnavailable
from ..rules.sigma.sql.test_threshold_windows import DENIED, RULES
from ..rules.test_saved_queries import deployed
from ..rules.test_shipped_rules import TESTDATA, mutations, published_records, records_of_examples
from . import statements
from .comparison import Comparison, Counts, Record
from .conditions import random_archives, random_conditions, random_records
from .trino import Trino

_SHOWN = 10  # differences of a section that are printed
_CONDITIONS, _RECORDS = 100, 150  # of a batch of random conditions; as many records again are made from the conditions
_LONGEST = 2000


def main() -> int:
    """Print what was compared; the exit status is 0 where Trino does throughout what each statement must do."""
    arguments = _arguments()
    print(f"seed {arguments.seed} (make trino PAIRS={arguments.pairs} SEED={arguments.seed})", flush=True)
    print(f"\n{'':24}{'statements':>11}{'pairs':>11}{'matches':>9}{'disagree':>10}{'stand-in':>10}{'refused':>9}")
    total = Counts()
    try:
        with Trino() as trino, duckdb.connect() as database:
            for name, counts in _sections(Comparison(trino, database), arguments):
                _print(name, counts)
                total.add(counts)
    except OracleUnavailable as unavailable:
        print(unavailable, file=sys.stderr)
        return 1
    _print("all", total)
    return 1 if total.failed else 0


def _sections(comparison: Comparison, arguments: argparse.Namespace) -> Iterator[tuple[str, Counts]]:
    random = Random(arguments.seed)  # noqa: S311 - test data
    config, detections = deployed()
    detections = [each for each in detections if each.rule.service == "cloudtrail"]
    shipped, gaps = statements.expressible([each.rule for each in detections])
    read, unread = statements.rules_of(arguments.rules, config)
    given, inexpressible = statements.expressible(read)
    rules = [*shipped, *given]

    kinds: dict[str, list[Record]] = {
        "examples": records_of_examples(),
        "mutated examples": list(mutations(records_of_examples(), random)),
        "made from the rules": statements.records_for(rules, 10, random),
    }
    if TESTDATA.is_dir():
        kinds["published"] = published_records()
    yield "random conditions", _random_conditions(comparison, arguments.pairs, random)
    yield "thresholds", statements.compare_thresholds(comparison, rules, random)
    archives = random_archives(30, random.getrandbits(32))
    yield "threshold windows", statements.compare_windows(comparison, [*RULES, DENIED], archives)
    some = [*records_of_examples(), *statements.records_for(shipped, 5, random)]
    yield "saved queries", statements.compare_saved_queries(comparison, detections, config, some)
    yield "hunts", statements.compare_hunts(comparison, shipped, some)
    if given:
        named = [replace(rule, name=f"{rule.name} {number}") for number, rule in enumerate(rules)]
        yield "hunts, all rules", statements.compare_hunts(comparison, named, some, spans=statements.SPANS[-1:])
    for kind, records in kinds.items():
        yield kind, statements.compare_rules(comparison, rules, records)

    print(f"\n{len(shipped)} shipped rules, {len(given)} of {len(read)} given")
    for sentence in (*gaps, *inexpressible, *unread):
        print(f"not compared: {sentence}")


def _random_conditions(comparison: Comparison, pairs: int, random: Random) -> Counts:
    counts = Counts()
    while counts.pairs < pairs:
        conditions = random_conditions(_CONDITIONS, random.getrandbits(32))
        made = [statements.aimed(condition, random) for condition in conditions for _ in range(2)]
        records = [*random_records(_RECORDS, random.getrandbits(32)), *made]
        counts.add(statements.compare_conditions(comparison, conditions, records))
    return counts


def _print(name: str, counts: Counts) -> None:
    differ = len(counts.disagreements), len(counts.by_stand_in), len(counts.refused)
    print(f"{name:24}{counts.statements:>11,}{counts.pairs:>11,}{counts.matches:>9,}", end="")
    print("".join(f"{count:>{width},}" for count, width in zip(differ, (10, 10, 9), strict=True)), flush=True)
    if name != "all":
        for kind, found in (
            ("Disagreement", counts.disagreements),
            ("The stand-in differs", counts.by_stand_in),
            ("Refused", counts.refused),
        ):
            for text in found[:_SHOWN]:
                print(f"  {kind}: {text[:_LONGEST]}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.trino", description=__doc__)
    parser.add_argument("--rules", type=Path, nargs="*", default=[], metavar="FOLDER", help="folders of Sigma rules")
    parser.add_argument("--pairs", type=int, default=100_000, metavar="NUMBER", help="of random conditions (100,000)")
    parser.add_argument("--seed", type=int, default=None, metavar="NUMBER", help="the seed of an earlier run")
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = secrets.randbelow(2**32)
    return arguments


if __name__ == "__main__":
    sys.exit(main())
