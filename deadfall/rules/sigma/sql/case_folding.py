"""Text without case, so that two texts are equal just when Python's re.IGNORECASE takes them for equal.

That is by the simple lower case of each character, as DuckDB's lower() has it, and by some letters it keeps apart.
"""

# A letter, and other lower-case letters with the same upper case (CPython, Lib/re/_casefix.py).
_SAME = {
    "i": "\u0131",
    "s": "\u017f",
    "µ": "\u03bc",
    "\u0345": "\u03b9\u1fbe",
    "ΐ": "\u1fd3",
    "ΰ": "\u1fe3",
    "β": "\u03d0",
    "ε": "\u03f5",
    "θ": "\u03d1",
    "κ": "\u03f0",
    "π": "\u03d6",
    "ρ": "\u03f1",
    "ς": "\u03c3",
    "φ": "\u03d5",
    "в": "\u1c80",
    "д": "\u1c81",
    "о": "\u1c82",
    "с": "\u1c83",
    "т": "\u1c84\u1c85",
    "ъ": "\u1c86",
    "ѣ": "\u1c87",
    "ᲈ": "\ua64b",
    "ṡ": "\u1e9b",
    "ﬅ": "\ufb06",
}

FOLDED_FROM = "".join(_SAME.values())
FOLDED_TO = "".join(letter * len(others) for letter, others in _SAME.items())

_FOLDED = str.maketrans(FOLDED_FROM, FOLDED_TO)


def lowered(text: str) -> str:
    """Each character's simple lower case, whatever stands around it: as many characters as before."""
    # İ is the one letter of which str.lower() makes two characters.
    return "".join(character.lower() for character in text.replace("İ", "i"))


def folded(text: str) -> str:
    """The text without case."""
    return lowered(text).translate(_FOLDED)
