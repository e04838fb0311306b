"""Read one worksheet of an XLSX file that was looked through first.

openpyxl believes what a file says of itself: sizes, order, uniqueness. So every part
is read once before it (assurance.md T-55), by a parser that stops at the first
document type, and only then openpyxl turns cells into values. `tabular` imports it.
"""

import datetime
import io
import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from xml.parsers import expat

from lots.rules.refusal import Refusal

START = b"PK\x03\x04"
MOST_MEMBERS = 200
MOST_BYTES = 50 * 1024 * 1024
MOST_CELLS = 400_000
DEEPEST = 30
# By the part's folder: what a sheet and the shared texts may hold, and all else.
_MOST_ELEMENTS = (
    ("xl/worksheets/", 1_500_000),
    ("xl/sharedstrings", 400_000),
    ("", 50_000),
)
_FORBIDDEN = (
    ("vbaproject", "macros"),
    ("xl/macrosheets", "macros"),
    ("xl/dialogsheets", "macros"),
    ("xl/externallinks", "links to other files"),
    ("xl/connections", "data connections"),
    ("xl/querytables", "data connections"),
    ("xl/activex", "embedded controls"),
    ("xl/embeddings", "embedded files"),
)
# Parts that nothing here parses; their bytes count like the others.
_NOT_XML = (
    "xl/media/",
    "xl/drawings/",
    "xl/printersettings/",
    "docprops/thumbnail",
    "customxml/",
)
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
# The largest whole number of which a double keeps every digit (ECMA-376, 18.3.1.96).
_EXACT = 10**15
_LONGEST_NUMBER = 26
# What zipfile, expat and openpyxl raise for a file that is broken.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    EOFError,
    OSError,
    RuntimeError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)


class Unreadable(Refusal):
    """The file cannot be read exactly as it stands."""


@dataclass(frozen=True)
class Line:
    """A line of the file as read: number, texts, places of number cells.

    `exact` says that the line has as many cells as the file gives it; XLSX leaves
    blank ones out.
    """

    number: int
    texts: tuple[str, ...]
    doubles: frozenset[int] = frozenset()
    exact: bool = False


def lines_of(content: bytes, *, sheet: str) -> Callable[[], Iterator[Line]]:
    """Return what yields the lines of the worksheet; raise Unreadable.

    `sheet` is its name, blank where the file has only one.
    """
    faults = _look_through(content)
    book = _opened(content)
    chosen = _chosen(book, sheet)
    path = chosen._worksheet_path.lower()
    if not path.startswith("xl/worksheets/"):
        raise _broken("its worksheet is not where worksheets belong")
    if path in faults:
        raise faults[path]
    title = chosen.title
    book.close()

    def lines() -> Iterator[Line]:
        book = _opened(content)
        try:
            worksheet = book[title]
            # Its <dimension> may say less than there is (openpyxl read-only mode).
            worksheet.reset_dimensions()
            rows = worksheet.iter_rows()
            number = 0
            while (cells := _next(rows)) is not None:
                number += 1
                yield _line(number, cells)
        finally:
            book.close()

    return lines


def _next(rows):
    try:
        return next(rows, None)
    except _BROKEN as error:
        raise _broken(str(error)) from error


def _broken(why: str) -> Unreadable:
    return Unreadable(
        "broken",
        "The workbook cannot be read (%(why)s); open it in a spreadsheet program,"
        " save it again as .xlsx, or save it as CSV UTF-8.",
        why=" ".join(why.split())[:120],
    )


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
    except _BROKEN as error:
        raise _broken(str(error)) from error


def _chosen(book, sheet):
    names = book.sheetnames
    if not sheet and len(names) != 1:
        raise Unreadable(
            "sheets",
            "The workbook has %(count)s sheets (%(names)s); name one in the map under"
            " [file] as sheet.",
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
    texts, doubles = [], set()
    for place, cell in enumerate(cells):
        value = cell.value
        if value is None:
            texts.append("")
        elif cell.data_type == "s":
            texts.append(value)
        elif cell.data_type == "n":
            texts.append(_number(value, cell))
            doubles.add(place)
        elif cell.data_type == "d":
            texts.append(_date(value, cell))
        else:
            raise _not_plain(cell)
    return Line(number, tuple(texts), frozenset(doubles))


def _number(value, cell):
    """Return the shortest decimal of the cell's double."""
    if not math.isfinite(value) or abs(value) >= _EXACT:
        raise Unreadable(
            "number-cell",
            "Cell %(cell)s holds a number of more digits than a number cell keeps;"
            " store it as text.",
            cell=cell.coordinate,
        )
    whole = int(value)
    text = str(whole) if whole == value else format(Decimal(repr(value)), "f")
    if len(text) > _LONGEST_NUMBER:
        raise Unreadable(
            "number-cell",
            "Cell %(cell)s holds the number %(text)s, which is too long for a"
            " reported value; store it as text.",
            cell=cell.coordinate,
            text=text[:60],
        )
    return text


def _date(value, cell):
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if type(value) is datetime.date:
        return value.isoformat()
    raise Unreadable(
        "time-cell",
        "Cell %(cell)s holds a time of day; give dates only, such as 2026-11-23.",
        cell=cell.coordinate,
    )


def _not_plain(cell):
    what = {"f": "a formula", "e": "an error", "b": "a true/false value"}
    return Unreadable(
        "not-plain",
        "Cell %(cell)s holds %(what)s; put the value itself there.",
        cell=cell.coordinate,
        what=what.get(cell.data_type, "something that is no text, number or date"),
    )


def _look_through(content: bytes) -> dict[str, Unreadable]:
    """Read every part once; return what is wrong with each worksheet by its path."""
    faults: dict[str, Unreadable] = {}
    read = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check_members(members)
            for member in members:
                part = _Part(member.filename.lower())
                with archive.open(member) as opened:
                    while chunk := opened.read(65536):
                        read += len(chunk)
                        if read > MOST_BYTES:
                            raise _too_large()
                        part.feed(chunk)
                part.close()
                if part.fault is not None:
                    faults[part.name] = part.fault
    except _BROKEN as error:
        raise _broken(str(error)) from error
    return faults


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise _too_large()
    names = [member.filename.lower() for member in members]
    if len(set(names)) < len(names):
        raise _broken("it holds two parts of one name")
    for name, member in zip(names, members, strict=True):
        if name.startswith("/") or ".." in name or "\\" in name:
            raise _broken("a part has a path for its name")
        if member.flag_bits & 1:
            raise _broken("it is encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _broken("it is packed in an unusual way")
        for start, what in _FORBIDDEN:
            if start in name:
                raise Unreadable(
                    "active",
                    "The workbook holds %(what)s; save a copy with values only.",
                    what=what,
                )


def _too_large() -> Unreadable:
    return Unreadable(
        "too-large",
        "The workbook unpacks to more than is read; remove other sheets and pictures,"
        " or save it as CSV UTF-8.",
    )


class _Part:
    """One part of the archive, counted and checked as it is unpacked.

    `fault` is what makes a worksheet unfit; it counts only if that sheet is chosen.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.fault: Unreadable | None = None
        self._parser: expat.XMLParserType | None = None
        if name.endswith("/") or name.startswith(_NOT_XML):
            return
        self._most = next(
            most for start, most in _MOST_ELEMENTS if name.startswith(start)
        )
        self._elements = self._depth = 0
        self._row = self._column = self._cells = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._document_type
        is_sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
        parser.StartElementHandler = self._in_sheet if is_sheet else self._element
        parser.EndElementHandler = self._end
        self._parser = parser

    def feed(self, chunk: bytes) -> None:
        if self._parser is not None:
            self._parser.Parse(chunk, False)

    def close(self) -> None:
        if self._parser is not None:
            self._parser.Parse(b"", True)

    def _document_type(self, *_: object) -> None:
        raise _broken("a part declares a document type")

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > self._most or self._depth > DEEPEST:
            raise _too_large()

    def _end(self, name: str) -> None:
        self._depth -= 1

    def _in_sheet(self, name: str, attributes: dict[str, str]) -> None:
        self._element(name, attributes)
        if self.fault is not None:
            return
        kind = name.rpartition(" ")[2]
        if kind == "c":
            self._cell(attributes.get("r", ""))
        elif kind == "row":
            row = attributes.get("r", str(self._row + 1))
            if not row.isdecimal() or len(row) > 7 or int(row) <= self._row:
                self.fault = _broken("its rows are not in order")
                return
            self._row, self._column = int(row), 0
        elif kind == "f":
            self.fault = Unreadable(
                "not-plain",
                "Cell %(cell)s holds a formula; put the value itself there.",
                cell=f"{_letters(self._column)}{self._row}",
            )
        elif kind == "mergeCell":
            self.fault = Unreadable(
                "merged",
                "The cells %(cells)s are merged; split them, so that every row has"
                " its own values.",
                cells=attributes.get("ref", "of the sheet")[:40],
            )

    def _cell(self, reference: str) -> None:
        column = self._column + 1
        if reference:
            match = _CELL.fullmatch(reference)
            if match is None or int(match[2]) != self._row:
                self.fault = _broken(f"cell {reference[:12]} stands in another row")
                return
            column = _place(match[1])
            if column <= self._column:
                self.fault = _broken(f"cell {reference} comes twice or too late")
                return
        self._column = column
        self._cells += 1
        if self._cells > MOST_CELLS:
            raise _too_large()


def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place


def _letters(place: int) -> str:
    letters = ""
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters or "A"
