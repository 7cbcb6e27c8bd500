"""The reviewed table of who gets what at which address: `access_matrix.txt`, beside this module (SEC1).

A row is an address by its name, a column is a role. A cell says what GET and POST answer, `200/405`; one word where
both answer the same. PUT, PATCH and DELETE are refused everywhere and have no columns.

    login  asked to sign in      200  a page            403  may not, though it is theirs to see
    302    led on elsewhere      404  nothing is there  405  not by this method     409, 422  refused, with the reason

The ids are those of Acme's things (`tests/journeys/belongings.py`); POST sends an empty form, and what it did is undone.

**To add an address**: give it a line in `belongings` if it has ids, then

    ACCESS_MATRIX=write .venv/bin/pytest tests/proofs/test_sec1_access.py

writes the table anew. Read the difference before you commit it: every cell in it is a promise.
"""

from dataclasses import dataclass
from pathlib import Path

Matrix = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Table:
    """A reviewed table in a file: cells by address and role."""

    path: Path

    def read(self) -> Matrix:
        """The table as it was reviewed."""
        head, *lines = self.path.read_text().splitlines()
        roles = head.split()[1:]
        return {name: dict(zip(roles, cells, strict=True)) for name, *cells in (line.split() for line in lines)}

    def write(self, matrix: Matrix) -> None:
        """Write it anew, to be reviewed."""
        head = ["address", *next(iter(matrix.values()))]
        lines = [head, *([name, *cells.values()] for name, cells in sorted(matrix.items()))]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        self.path.write_text(
            "".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n" for line in lines)
        )

    def differences(self, found: Matrix) -> list[str]:
        """Every cell that is not as reviewed, and every address that has no row or is no more."""
        reviewed = self.read()
        missing = [f"{name}: no row in {self.path.name}" for name in found.keys() - reviewed.keys()]
        gone = [f"{name}: a row, but no such address" for name in reviewed.keys() - found.keys()]
        cells = [
            f"{name}, {role}: {cell} instead of {reviewed[name].get(role)}"
            for name in found.keys() & reviewed.keys()
            for role, cell in found[name].items()
            if cell != reviewed[name].get(role)
        ]
        return sorted(missing + gone + cells)


ADDRESSES = Table(Path(__file__).with_suffix(".txt"))
