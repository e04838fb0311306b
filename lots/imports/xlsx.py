"""XLSX files: one worksheet read into rows of text.

openpyxl believes what a file says of itself, so `xlsx_inspection` checks every part
first.
"""

import datetime
import io
import math
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from lots.imports import number_format, xlsx_inspection
from lots.imports.xlsx_inspection import BROKEN, Unreadable, broken

START = b"PK\x03\x04"
# The largest whole number of which a double keeps every digit (ECMA-376, 18.3.1.96).
_EXACT = 10**15
_LONGEST_NUMBER = 26
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Shown:
    """What a cell shows, where that is another text than it holds.

    `text` is None where the format is not worked out (`number_format`).
    """

    text: str | None
    format: str


@dataclass(frozen=True)
class Line:
    """A line of the file as read: number, texts, places of number and date cells.

    `exact` says that the line has as many cells as the file gives it; XLSX leaves
    blank ones out. `shown` is what cells show otherwise, and `faults` the cells
    that cannot be read, by their place (from 0); the text of the latter is blank.
    `fault` is that of a line that cannot be cut into cells.
    """

    number: int
    texts: tuple[str, ...]
    doubles: frozenset[int] = frozenset()
    dates: frozenset[int] = frozenset()
    exact: bool = False
    shown: dict[int, Shown] = field(default_factory=dict)
    faults: dict[int, Unreadable] = field(default_factory=dict)
    fault: Unreadable | None = None


def lines_of(content: bytes, *, sheet: str) -> Callable[[], Iterator[Line]]:
    """Return what yields the lines of the worksheet; raise Unreadable.

    `sheet` is its name, blank where the file has only one.
    """
    faults = xlsx_inspection.look_through(content)
    book = _opened(content)
    chosen = _chosen(book, sheet)
    path = chosen._worksheet_path.lower()
    if not path.startswith("xl/worksheets/"):
        raise broken("its worksheet is not where worksheets belong")
    if path in faults:
        raise faults[path]

    def lines() -> Iterator[Line]:
        # Its <dimension> may say less than there is (openpyxl read-only mode).
        chosen.reset_dimensions()
        rows = chosen.iter_rows()
        number = 0
        while (cells := _next(rows)) is not None:
            number += 1
            try:
                line = _line(number, cells)
            except BROKEN as error:
                # A cell's style is looked up only when it is asked for.
                raise broken(str(error)) from error
            yield line

    return lines


def _next(rows):
    try:
        return next(rows, None)
    except BROKEN as error:
        raise broken(str(error)) from error


def _opened(content):
    # Half a second of CPU that only an XLSX pays.
    import openpyxl

    try:
        with warnings.catch_warnings():
            # It warns of what it does not draw: styles, validation, extensions.
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, keep_links=False
            )
    except BROKEN as error:
        raise broken(str(error)) from error


def _chosen(book, sheet):
    names = book.sheetnames
    if not sheet and len(names) != 1:
        raise Unreadable(
            "sheets",
            "The workbook has %(count)s sheets (%(names)s); name one of them as sheet"
            " under [file] in the map.",
            count=len(names),
            names=", ".join(names)[:200],
        )
    if sheet and sheet not in names:
        raise Unreadable(
            "no-sheet",
            "The workbook has no sheet %(sheet)s; it has %(names)s.",
            sheet=sheet,
            names=", ".join(names)[:200],
        )
    return book[sheet or names[0]]


def _line(number, cells):
    texts, doubles, dates, shown, faults = [], set(), set(), {}, {}
    for place, cell in enumerate(cells):
        value, text = cell.value, ""
        try:
            if value is None:
                pass
            elif cell.data_type == "s":
                text = _text(value)
                if (other := _shown_text(text, cell.number_format)) is not None:
                    shown[place] = other
            elif cell.data_type == "n":
                text = _number(value, cell)
                doubles.add(place)
                if (other := _shown(text, cell.number_format)) is not None:
                    shown[place] = other
            elif cell.data_type == "d":
                text = _date(value)
                dates.add(place)
            else:
                raise _not_plain(cell)
        except Unreadable as why:
            # It is kept as long as the row, and what it was raised in is not.
            faults[place] = why.with_traceback(None)
        texts.append(text)
    return Line(
        number,
        tuple(texts),
        frozenset(doubles),
        frozenset(dates),
        shown=shown,
        faults=faults,
    )


def _text(value):
    """Return the text of the cell, unless it stands for another.

    A workbook writes _x000D_ for a character that XML cannot hold, and the reader
    leaves it so: a lot number would end in it (ECMA-376, 22.9.2.19).
    """
    if found := _ESCAPED.search(value):
        raise Unreadable(
            "escaped",
            "The cell holds the character U+%(code)s as the code %(text)s, so it shows"
            " another text than it holds; type it again.",
            code=found[1].upper(),
            text=found[0],
        )
    return value


def _number(value, cell):
    """Return the shortest decimal of the cell's double."""
    if "%" in cell.number_format:
        raise Unreadable(
            "percent-cell",
            "The cell is shown in percent but holds %(text)s; store the value as text,"
            " as it is reported.",
            text=repr(value)[:60],
        )
    if not math.isfinite(value) or abs(value) >= _EXACT:
        raise Unreadable(
            "number-cell",
            "The cell holds a number with more digits than a number cell keeps; store"
            " it as text.",
        )
    whole = int(value)
    text = str(whole) if whole == value else format(Decimal(repr(value)), "f")
    if len(text) > _LONGEST_NUMBER:
        raise Unreadable(
            "number-cell",
            "The cell holds the number %(text)s, which is too long for a reported"
            " value; store it as text.",
            text=text[:60],
        )
    return text


def _shown(text, code):
    """Return what the cell shows; None where it shows its number."""
    if number_format.is_general(code):
        return None
    shown = number_format.shown(Decimal(text), code)
    return None if shown == text else Shown(shown, code)


def _shown_text(text, code):
    """Return what a cell with a text shows; None where it shows the text."""
    shown = number_format.shown_text(text, code)
    return None if shown == text else Shown(shown, code)


def _date(value):
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if type(value) is datetime.date:
        return value.isoformat()
    raise Unreadable(
        "time-cell",
        "The cell holds a time of day; give dates only, such as 2026-11-23.",
    )


def _not_plain(cell):
    what = {"f": "a formula", "e": "an error", "b": "a true/false value"}
    return Unreadable(
        "not-plain",
        "The cell holds %(what)s; put the value itself there.",
        what=what.get(cell.data_type, "something that is no text, number or date"),
    )
