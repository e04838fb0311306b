"""Omissions of a file: each cell left out and each column ignored, told once.

Cells of one column with one text are told together, with the rows or lots they are of.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lots.imports.row_report import LeftOut
from lots.rules.not_imported import Why


@dataclass(frozen=True)
class Omission:
    """What became no result: the column, its text, why, and of which rows or lots.

    Of an ignored column all cells are told as one, without their texts.
    """

    column: str
    text: str
    why: Why
    places: tuple[object, ...]

    @property
    def is_column(self) -> bool:
        return self.why != Why.NOT_REPORTED

    @property
    def word(self) -> str:
        """Return why, in words to be translated."""
        return self.why.word


def omissions(
    found: Iterable[tuple[object, Iterable[LeftOut]]],
) -> list[Omission]:
    """Return what was left out of these (row or lot, cells), ignored columns last."""
    places: dict[tuple[str, str, Why], list[object]] = {}
    for place, cells in found:
        for cell in cells:
            why = Why.of(cell.why)
            text = cell.text if why == Why.NOT_REPORTED else ""
            places.setdefault((cell.column, text, why), []).append(place)
    told = [Omission(*key, tuple(of)) for key, of in places.items()]
    return sorted(told, key=lambda one: one.is_column)


def of_lot(stored: list[dict[str, str]] | None) -> tuple[LeftOut, ...]:
    """Return what the record of a lot says was left out of its row."""
    return tuple(LeftOut(**cell) for cell in stored or ())
