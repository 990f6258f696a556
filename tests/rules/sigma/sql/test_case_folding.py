"""Folding takes for equal what Python's re.IGNORECASE does, and DuckDB folds as Python does: all characters."""

import re
from collections import defaultdict

import duckdb

from deadfall.rules.sigma.sql.archive_table import define_functions
from deadfall.rules.sigma.sql.case_folding import folded, lowered

CHARACTERS = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]


def test_as_python_ignores_case() -> None:
    relatives = defaultdict(set)
    for character in CHARACTERS:
        for relative in (folded(character), character.lower(), character.upper(), character.swapcase()):
            if len(relative) == 1 and relative != character:
                relatives[relative].add(character)
                relatives[character].add(relative)
    groups = 0
    for character, near in relatives.items():
        pattern = re.compile(re.escape(character), re.IGNORECASE)
        farther = near | {other for each in near for other in relatives[each]}
        for other in farther:
            assert bool(pattern.fullmatch(other)) == (folded(character) == folded(other)), (character, other)
        groups += 1
    assert groups > 2500


def test_duckdb_folds_as_we_do() -> None:
    connection = define_functions(duckdb.connect())
    rows = connection.execute("SELECT fold(each), lower(each) FROM (SELECT unnest(?) AS each)", [CHARACTERS]).fetchall()
    assert rows == [(folded(character), lowered(character)) for character in CHARACTERS]


def test_texts_keep_their_length() -> None:
    assert lowered("AΣİß") == "aσiß"
    assert folded("ſPAß") == "spaß"
