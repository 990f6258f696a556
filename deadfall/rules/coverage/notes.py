"""Short descriptions of cells for a table, and its numbered notes."""

from dataclasses import dataclass, field

from .cell import Cell


@dataclass
class Notes:
    """Numbered texts, in the order of their first use."""

    texts: list[str] = field(default_factory=list)

    def number(self, text: str) -> int:
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1

    def describe(self, cell: Cell) -> str:
        """Return the rules that prove the cell, or its status with the number of the note that gives the reason."""
        rules = ", ".join(cell.rules)
        if cell.status == "proved":
            return rules if cell.verified else f"{rules} (not verified on AWS)"
        status = f"{cell.status} [{self.number(cell.reason)}]"
        return f"{status}, partly {rules}" if rules else status

    def lines(self) -> list[str]:
        return [f"{number}. {text}" for number, text in enumerate(self.texts, 1)]
