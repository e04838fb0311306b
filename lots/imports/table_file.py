"""Table files: CSV or XLSX read into rows of text.

A file from outside is hostile until shown to be plain (assurance.md T-53, T-55): limits
come before parsing, and nothing is guessed or trimmed. A fault of the file refuses the
file; a fault in a row stays with the row.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lots.imports import xlsx
from lots.imports.xlsx import Line, Shown, Unreadable

# What `read` takes, with what a browser knows it by.
FORMATS = {"CSV in UTF-8": (".csv", "text/csv"), "XLSX": (".xlsx",)}
LARGEST = 10 * 1024 * 1024
LONGEST_CELL = 400
MOST_COLUMNS = 200
MOST_ROWS = 20_000
# A row whose quoted cells hold line breaks; more is an open quotation mark.
MOST_LINES_IN_ROW = 50
LONGEST_ROW = MOST_COLUMNS * LONGEST_CELL
# As many as a spreadsheet has; a line with more is not cut into cells.
MOST_CELLS_IN_LINE = 16_384

DELIMITERS = {",": ",", ";": ";", "tab": "\t"}
# Possessive, here and below: a pattern that goes back remembers every quote.
_QUOTED = re.compile(r'"(?:[^"]++|"")*+"')
# What another program made of bytes that it could not read.
_UNREAD = "\ufffd"
_LINE_BREAKS = re.compile(r"\r?\n")
_XLS = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Row:
    """A row of the file: its number there, its texts, which came as number cells.

    `doubles` holds the places (from 0) of XLSX cells that held a number: their text
    is the shortest decimal of that double, so zeros at the end are lost. `dates` those
    of date cells. `shown` is what cells show otherwise, by their place.
    `faults` says which columns cannot be read and why: their text is blank. A row that
    cannot be read at all has no texts, and its fault no column.
    """

    number: int
    texts: tuple[str, ...]
    doubles: frozenset[int] = frozenset()
    dates: frozenset[int] = frozenset()
    faults: tuple[tuple[str, Unreadable], ...] = ()
    shown: dict[int, Shown] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A file with its header. `rows` reads it from the start each time."""

    header: tuple[str, ...]
    _lines: Callable[[], Iterator[Line]] = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header; raise Unreadable if they are too many.

        Blank rows at the end are left out; one between others is at fault, since
        nobody can say whether something was lost there.
        """
        lines = self._lines()
        next(lines)
        blank = 0
        for line in lines:
            if line.number > MOST_ROWS + 1:
                raise Unreadable(
                    "rows",
                    "The file has more than %(most)s rows; split it.",
                    most=MOST_ROWS,
                )
            if not (any(line.texts) or line.faults or line.fault):
                blank = blank or line.number
                continue
            if blank:
                yield from map(_blank_row, range(blank, line.number))
                blank = 0
            yield self._row(line)

    def _row(self, line: Line) -> Row:
        if line.fault:
            return _faulty(line.number, line.fault)
        texts = tuple(
            _LINE_BREAKS.sub("\n", text) if "\n" in text else text
            for text in line.texts
        )
        if not line.exact:
            texts = self._filled(texts, line.faults)
        if len(texts) != len(self.header):
            return _faulty(
                line.number,
                Unreadable(
                    "ragged",
                    "The row has %(count)s cells and the header has %(expected)s;"
                    " correct the row.",
                    count=len(texts),
                    expected=len(self.header),
                ),
            )
        found = ((place, _fault(text)) for place, text in enumerate(texts))
        faults = line.faults | {place: why for place, why in found if why}
        if not faults:
            return Row(line.number, texts, line.doubles, line.dates, shown=line.shown)
        return Row(
            line.number,
            tuple("" if place in faults else one for place, one in enumerate(texts)),
            line.doubles,
            line.dates,
            tuple((self.header[place], faults[place]) for place in sorted(faults)),
            line.shown,
        )

    def _filled(
        self, texts: tuple[str, ...], faults: dict[int, Unreadable]
    ) -> tuple[str, ...]:
        """Return the texts with the blank cells that XLSX leaves out at a row's end.

        Blank ones beyond the header are none of the table's.
        """
        texts += ("",) * (len(self.header) - len(texts))
        while len(texts) > len(self.header) and not (
            texts[-1] or len(texts) - 1 in faults
        ):
            texts = texts[:-1]
        return texts


def _blank_row(number: int) -> Row:
    return _faulty(
        number,
        Unreadable(
            "blank-row",
            "The row is blank, but other rows follow it; delete it or fill it.",
        ),
    )


def _faulty(number: int, why: Unreadable) -> Row:
    return Row(number, (), faults=(("", why),))


def read(content: bytes, *, delimiter: str = "", sheet: str = "") -> Table:
    """Return the table that the file holds; its kind is told by its content.

    `delimiter` is one of `DELIMITERS`, blank to find it in the header; `sheet` names
    the worksheet where there are several. Raises Unreadable.
    """
    if not content:
        raise Unreadable("empty", "The file is empty; choose it again.")
    if len(content) > LARGEST:
        raise Unreadable(
            "size",
            "The file has %(size)s bytes, and at most %(largest)s are read; split it.",
            size=len(content),
            largest=LARGEST,
        )
    if content.startswith(xlsx.START):
        lines = xlsx.lines_of(content, sheet=sheet)
    elif content.startswith(_XLS):
        raise Unreadable(
            "old-excel",
            "This is an old or encrypted Excel file; save it as .xlsx without a"
            " password, or as CSV UTF-8.",
        )
    else:
        lines = _csv_lines_of(content, delimiter)
    first = next(lines(), None)
    if first is None:
        raise Unreadable(
            "no-header", "The file has no row; the first row must be the header."
        )
    # A line break in a name is where the name goes on: Alt+Enter in a spreadsheet.
    header = tuple(_LINE_BREAKS.sub(" ", name) for name in first.texts)
    if why := first.fault:
        raise Unreadable(why.code, "Row 1: %(why)s", why=why)
    for place, why in first.faults.items():
        raise _in_header(why, place=place + 1)
    if not first.exact:
        while header and not header[-1]:
            header = header[:-1]
    _check_header(header)
    return Table(header, lines)


def _check_header(header: tuple[str, ...]) -> None:
    if len(header) > MOST_COLUMNS:
        raise Unreadable(
            "columns",
            "The file has %(count)s columns, and at most %(most)s are read; remove"
            " those that the map does not name.",
            count=len(header),
            most=MOST_COLUMNS,
        )
    for place, name in enumerate(header, start=1):
        if why := _fault(name):
            raise _in_header(why, place=place)
        if not name.strip():
            raise Unreadable(
                "blank-header",
                "Column %(place)s has no name in the header; name it or remove it.",
                place=place,
            )
        if name in header[: place - 1]:
            raise Unreadable(
                "duplicate-header",
                "The header has the column %(column)s twice; rename or remove one.",
                column=name,
            )
    if not header:
        raise Unreadable(
            "no-header", "The first row is blank, but it must be the header."
        )


def _in_header(why: Unreadable, *, place: int) -> Unreadable:
    """Return the refusal of the file whose header has this fault."""
    return Unreadable(
        why.code, "Row 1, column %(place)s: %(why)s", place=place, why=why
    )


def _fault(text: str) -> Unreadable | None:
    """Return why the text of a cell is not read as it is, if it is not.

    Line breaks are read; whoever takes the text for a fact or a result refuses them.
    """
    if len(text) > LONGEST_CELL:
        return Unreadable(
            "long-cell",
            "The cell has %(length)s characters, and at most %(longest)s are read;"
            " shorten it.",
            length=len(text),
            longest=LONGEST_CELL,
        )
    seen = text.replace("\n", "")
    if not seen.isprintable() or _UNREAD in seen:
        hidden = next(
            mark for mark in seen if mark == _UNREAD or not mark.isprintable()
        )
        return Unreadable(
            "character",
            "The cell has the character %(code)s, which does not show in print; remove"
            " it.",
            code=f"U+{ord(hidden):04X}",
        )
    return None


def _csv_lines_of(content: bytes, delimiter: str) -> Callable[[], Iterator[Line]]:
    text = _decoded(content)
    separator = DELIMITERS[delimiter] if delimiter else _sniffed(text)
    # RFC 4180, 2.5 to 2.7: a field is quoted whole or has no quote.
    a_field = re.compile(
        rf'(?:"((?:[^"]++|"")*+)"|([^"{separator}]*+))({re.escape(separator)}|\Z)'
    )

    def lines() -> Iterator[Line]:
        raws = _Raws(text)
        number = 0
        while (line := raws.next()) is not None:
            number += 1
            _check_line(line, separator, number)
            texts: tuple[str, ...] | None = tuple(line.split(separator))
            if '"' in line:
                texts = _unquoted(line, a_field)
                if texts is None:
                    texts = _in_several_lines(raws, line, a_field)
            if texts is None:
                yield Line(number, (), exact=True, fault=_open_quote())
            else:
                yield Line(number, texts, exact=True)

    return lines


class _Raws:
    """The lines of a text, one after the other; those read last can go back."""

    def __init__(self, text: str) -> None:
        self._file = io.StringIO(text, newline="\n")
        self._back: list[str] = []

    def next(self) -> str | None:
        """Return the next line without its end, None after the last."""
        raw = self._back.pop() if self._back else self._file.readline()
        return raw.removesuffix("\n").removesuffix("\r") if raw else None

    def go_back(self, lines: list[str]) -> None:
        self._back += [f"{line}\n" for line in reversed(lines)]


def _in_several_lines(
    raws: _Raws, line: str, a_field: re.Pattern[str]
) -> tuple[str, ...] | None:
    """Return the cells of a row with line breaks inside quotes (RFC 4180, 2.6).

    None where its quotation marks are not closed in the lines that follow: they are
    rows of their own then, so that one open quotation mark hides no other row.
    """
    read: list[str] = []
    marks, length = line.count('"'), len(line)
    while marks % 2 and len(read) < MOST_LINES_IN_ROW and length <= LONGEST_ROW:
        if (after := raws.next()) is None:
            break
        read.append(after)
        marks += after.count('"')
        length += len(after)
    if read and not marks % 2:
        texts = _unquoted("\n".join([line, *read]), a_field)
        if texts is not None:
            return texts
    raws.go_back(read)
    return None


def _check_line(line: str, separator: str, number: int) -> None:
    """Refuse, before it is cut into cells, a line that cannot be one of a table."""
    count = line.count(separator) + 1
    if count > MOST_CELLS_IN_LINE:
        raise Unreadable(
            "columns",
            "Row %(row)s has %(count)s cells, and at most %(most)s are read; remove"
            " the columns that the map does not name.",
            row=number,
            count=count,
            most=MOST_COLUMNS,
        )


def _decoded(content: bytes) -> str:
    if b"\x00" in content:
        row = content[: content.index(b"\x00")].count(b"\n") + 1
        raise Unreadable(
            "nul",
            "Row %(row)s has a NUL byte, so this is not text in UTF-8; save the file"
            " as CSV UTF-8 or as .xlsx.",
            row=row,
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(
            "encoding",
            "Row %(row)s is not text in UTF-8 (byte 0x%(byte)s); save the file as CSV"
            " UTF-8 or as .xlsx.",
            row=content[: error.start].count(b"\n") + 1,
            byte=f"{content[error.start]:02X}",
        ) from None


def _sniffed(text: str) -> str:
    header = _QUOTED.sub("", text.partition("\n")[0])
    found = [mark for mark in DELIMITERS.values() if mark in header]
    if len(found) > 1:
        raise Unreadable(
            "delimiter",
            "The header has more than one of comma, semicolon and tab, so the"
            " delimiter is not clear; give it in the map under [file].",
        )
    return found[0] if found else ","


def _unquoted(line: str, a_field: re.Pattern[str]) -> tuple[str, ...] | None:
    """Return the line's cells; None where a quote does not enclose one whole."""
    texts, place = [], 0
    while True:
        match = a_field.match(line, place)
        if match is None:
            return None
        quoted, plain, end = match.groups()
        texts.append(plain if quoted is None else quoted.replace('""', '"'))
        place = match.end()
        if not end:
            return tuple(texts)


def _open_quote() -> Unreadable:
    return Unreadable(
        "quotes",
        "The row has a quotation mark that is not closed or not doubled; inside a"
        ' quoted cell, write a quotation mark as "".',
    )
