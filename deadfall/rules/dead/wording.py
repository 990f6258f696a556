"""Words for warnings about dead rules."""

from collections.abc import Iterable
from difflib import get_close_matches

from deadfall.patterns.condition import Boolean, Cidr, Exists, Keyword, Not, Null, Number, Regex, SameAs, Test, Text

from .alternatives import FormLeaf

_LONGEST = 80


def describe(leaf: FormLeaf) -> str:
    """Return a test as a person would write it."""
    match leaf:
        case Test(field=field, value=Number(op="=") as value):
            return f"{field}: {value.number}"
        case Test(field=field, value=Number() as value):
            return f"{field} {value.op} {value.number}"
        case Test(field=field, value=value):
            return f"{field}: {written(value)}"
        case Null():
            return f"no value of {leaf.field}"
        case Exists():
            return f"{leaf.field}, null or not" if leaf.there else f"no {leaf.field}"
        case SameAs():
            return f"{leaf.field} equal to {leaf.other}"
        case Keyword():
            return f"the keyword {written(leaf.text)}"
        case Not(of=Null(field=field)):
            return f"a value of {field}"
        case Not():
            return f"not {describe(leaf.of)}"  # type: ignore[arg-type] a leaf of a normal form
    raise TypeError(f"not a leaf of a normal form: {leaf}")


def written(value: object) -> str:
    """Return a value as a rule has it, shortened."""
    match value:
        case Text():
            text = "".join(part.wildcard or part.text for part in value.parts)
        case Regex():
            text = f"/{value.pattern}/"
        case Cidr():
            text = value.network
        case Boolean():
            return "true" if value.value else "false"
        case _:
            text = str(value)
    return f"'{text if len(text) <= _LONGEST else f'{text[:_LONGEST]}…'}'"


def did_you_mean(text: str, known: Iterable[str], otherwise: str, cutoff: float = 0.7) -> str:
    """Return a question with the known word that is most like the text, or else another remedy."""
    near = nearest(text, known, cutoff)
    return f"did you mean {near}?" if near else otherwise


def nearest(text: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """Return the known word that is most like the text, if one is."""
    by_lower_case = {word.lower(): word for word in sorted(known)}
    near = get_close_matches(text.lower(), by_lower_case, n=1, cutoff=cutoff)
    return by_lower_case[near[0]] if near else None
