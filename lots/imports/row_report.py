"""Row report: what one row of an import file will store, or what is wrong with it.

And what it leaves out, so that no result is lost unseen.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lots.intake.samples import SampleFacts
from lots.origin.lot_facts import LotFacts
from lots.results.validation import Entry
from lots.rules.refusal import Refusal

NEW, STORED, WRONG = "new", "stored", "wrong"
_DUPLICATES = ("duplicate", "duplicate-original")


class WrongRow(Refusal):
    """A row that cannot be imported; `why` is the refusal of its cell."""

    def __init__(self, why, *, row, column):
        super().__init__(
            why.code,
            "Row %(row)s, column %(column)s: %(why)s"
            if column
            else "Row %(row)s: %(why)s",
            row=row,
            column=column,
            why=why,
        )
        self.row = row
        self.column = column
        self.why = why


@dataclass(frozen=True)
class LeftOut:
    """A cell that becomes no result: its column, its text and why.

    `test` is the code of the test that the column holds, blank where the map ignores
    the column; `why` a value of Why.
    """

    column: str
    text: str
    why: str
    test: str = ""


@dataclass(frozen=True)
class ShownCell:
    """A number cell that shows its number with other decimals than are taken."""

    column: str
    taken: str
    shown: str


@dataclass(frozen=True)
class ShownColumn:
    """What a column shows otherwise than it is taken: cells, each with its row.

    `cells` has each taken and shown text once, `rows` all rows that have one.
    """

    column: str
    cells: tuple[ShownCell, ...]
    rows: tuple[int, ...]


def shown_columns(forms: Iterable["RowForm"]) -> list[ShownColumn]:
    """Return the columns of a file that show other decimals than are taken."""
    cells: dict[str, dict[ShownCell, None]] = {}
    rows: dict[str, list[int]] = {}
    for form in forms:
        for cell in form.shown:
            cells.setdefault(cell.column, {})[cell] = None
            rows.setdefault(cell.column, []).append(form.row)
    return [
        ShownColumn(column, tuple(found), tuple(rows[column]))
        for column, found in cells.items()
    ]


@dataclass(frozen=True)
class RowForm:
    """A row in the form in which it can be stored, or what is wrong with it.

    There are no facts and no entries where something is wrong.
    """

    row: int
    number: str
    facts: LotFacts | None = None
    entries: tuple[Entry, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    sample: SampleFacts | None = None
    wrong: tuple[WrongRow, ...] = ()
    shown: tuple[ShownCell, ...] = ()

    @property
    def state(self):
        """Return new, stored (and therefore refused) or wrong."""
        if not self.wrong:
            return NEW
        stored = all(one.code in _DUPLICATES for one in self.wrong)
        return STORED if stored else WRONG
