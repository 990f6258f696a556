"""What a table says of a cell in few words, and the notes that it refers to."""

from dataclasses import dataclass, field

from .cell import Cell


@dataclass
class Notes:
    """Texts that are referred to by number, in the order of their first use."""

    texts: list[str] = field(default_factory=list)

    def number(self, text: str) -> int:
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1

    def told(self, cell: Cell) -> str:
        """The rules that prove it, or what it is instead and the note that says why."""
        rules = ", ".join(cell.rules)
        if cell.status == "proved":
            return rules if cell.verified else f"{rules} (not verified on AWS)"
        told = f"{cell.status} [{self.number(cell.reason)}]"
        return f"{told}, in part {rules}" if rules else told

    def lines(self) -> list[str]:
        return [f"{number}. {text}" for number, text in enumerate(self.texts, 1)]
