"""Text of an attacker: nothing in it may hide, move, colour, link, or grow without bound."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responders.kill_switch import hostile


@given(st.text())
def test_printable_is_printable_ascii(text: str) -> None:
    assert set(hostile.printable(text)) <= set(string.printable) - set("\t\n\r\x0b\x0c")


@given(st.text(), st.integers(1, 500))
def test_shown_is_bounded(text: str, limit: int) -> None:
    # One character becomes at most ten (\U0001f600); defanging adds two to a dot and one to a colon.
    assert len(hostile.shown(text, limit)) <= 12 * (limit + 40)


@given(st.text(alphabet="htpsHTPwx:/.@-aé\u202e \n"))
def test_shown_makes_no_link(text: str) -> None:
    shown = hostile.shown(text).lower()
    assert "http:" not in shown
    assert "https:" not in shown
    assert "://" not in shown
    assert not re.search(r"[a-z0-9]\.[a-z]", shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, "-"),
        ("", "-"),
        ("aws-cli/2.17.32 Python/3.11.9", "aws-cli/2.17.32 Python/3.11.9"),
        ("203.0.113.66", "203.0.113.66"),
        ("see https://evil.example/a?b=c", "see hxxps[:]//evil[.]example/a?b=c"),
        ("HTTP://EVIL.EXAMPLE", "hxxp[:]//EVIL[.]EXAMPLE"),
        ("mail anna@evil.example", "mail anna@evil[.]example"),
        ("a\r\nSubject: b", "a\\r\\nSubject: b"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("gpj\u202eexe\u200b", "gpj\\u202eexe\\u200b"),
        ("x" * 301, "x" * 300 + "...(+1 characters)"),
        ("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY0", "key (long token removed)"),
        (
            "on resource: prod/billing/database/credentials/primary",
            "on resource: prod/billing/database/credentials/primary",
        ),
    ],
)
def test_shown(text: str | None, shown: str) -> None:
    assert hostile.shown(text) == shown


def test_bounded_takes_strings_only() -> None:
    assert [hostile.bounded(value, 3) for value in ("abc", "abcd", None, 7, ["x"])] == [
        "abc",
        "abc...(+1 characters)",
        None,
        None,
        None,
    ]
