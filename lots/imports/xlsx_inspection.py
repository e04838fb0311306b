"""Inspection of an XLSX file before it is read.

Every part is read once and counted while it is unpacked, by a parser that stops at the
first document type (assurance.md T-55).
"""

import io
import re
import zipfile
import zlib
from xml.parsers import expat

from lots.rules.refusal import Refusal

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
# What a number cell, or a cell that points to a shared text, may hold: Python's own
# float() and int() take underscores and other scripts' digits (XML Schema, double).
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LONGEST_DOUBLE = 400
# A place in the list of styles, or of shared texts: Python's lists take -1 for the
# last one.
_STYLE = re.compile(r"[0-9]{1,6}")
_SHARED = re.compile(r"[0-9]{1,9}")
_NOTHING = re.compile(r"0*(?:\.0*)?")
# expat begins a tag anew with each piece that does not end it, so a tag without end
# costs the square of its length.
_LONGEST_TAG = 256 * 1024
# The elements that cells are made of; a sheet has few others.
_OF_CELLS = {"row", "c", "v", "is", "t"}
_MOST_OTHERS = 50_000
# What zipfile, expat and openpyxl raise for a file that is broken.
BROKEN = (
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
    """The file, or a row or cell of it, cannot be read exactly as it stands."""


def broken(why: str) -> Unreadable:
    return Unreadable(
        "broken",
        "The workbook cannot be read (%(why)s); open it in a spreadsheet program,"
        " save it again as .xlsx, or save it as CSV UTF-8.",
        why=" ".join(why.split())[:120],
    )


def look_through(content: bytes) -> dict[str, Unreadable]:
    """Read every part once; return what is wrong with each worksheet by its path."""
    faults: dict[str, Unreadable] = {}
    conditional: list[str] = []
    has_formats = False
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
                if part.is_conditional:
                    conditional.append(part.name)
                has_formats = has_formats or part.has_conditional_formats
    except BROKEN as error:
        raise broken(str(error)) from error
    if has_formats:
        for name in conditional:
            faults.setdefault(name, _shown_by_condition())
    return faults


def _shown_by_condition() -> Unreadable:
    return Unreadable(
        "conditional-format",
        "The sheet has a conditional format that changes how numbers are shown, so a"
        " cell may show another number than it holds; remove the conditional formats.",
    )


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise _too_large()
    names = [member.filename.lower() for member in members]
    if len(set(names)) < len(names):
        raise broken("it holds two parts of one name")
    for name, member in zip(names, members, strict=True):
        if name.startswith("/") or ".." in name or "\\" in name:
            raise broken("a part has a path for its name")
        if member.flag_bits & 1:
            raise broken("it is encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise broken("it is packed in an unusual way")
        for start, what in _FORBIDDEN:
            if start in name:
                raise _active(what)


def _active(what: str) -> Unreadable:
    return Unreadable(
        "active",
        "The workbook holds %(what)s; save a copy with values only.",
        what=what,
    )


def _too_large() -> Unreadable:
    return Unreadable(
        "too-large",
        "The workbook is too large when it is unpacked; remove other sheets and"
        " pictures, or save it as CSV UTF-8.",
    )


class _Part:
    """One part of the archive, counted and checked as it is unpacked.

    `fault` is what makes a worksheet unfit; it counts only if that sheet is chosen.
    `is_conditional` says of a worksheet that formats of some cells depend on what they
    hold, `has_conditional_formats` of the styles that such a format is for numbers.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.fault: Unreadable | None = None
        self.is_conditional = self.has_conditional_formats = False
        self._parser: expat.XMLParserType | None = None
        if name.endswith("/") or name.startswith(_NOT_XML):
            return
        self._most = next(
            most for start, most in _MOST_ELEMENTS if name.startswith(start)
        )
        self._elements = self._depth = self._others = self._fed = 0
        self._row = self._column = self._cells = 0
        self._is_hidden = self._is_in_format = False
        self._contents = self._texts = self._runs = 0
        self._hidden: list[tuple[int, int]] = []
        self._type = self._value = ""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._document_type
        is_sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
        parser.StartElementHandler = self._in_sheet if is_sheet else self._element
        parser.EndElementHandler = self._end_in_sheet if is_sheet else self._end
        self._parser = parser

    def feed(self, chunk: bytes) -> None:
        if self._parser is None:
            return
        self._parser.Parse(chunk, False)
        self._fed += len(chunk)
        if self._fed - self._parser.CurrentByteIndex > _LONGEST_TAG:
            raise _too_large()

    def close(self) -> None:
        if self._parser is not None:
            self._parser.Parse(b"", True)

    def _document_type(self, *_: object) -> None:
        raise broken("a part declares a document type")

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > self._most or self._depth > DEEPEST:
            raise _too_large()
        kind = name.rpartition(" ")[2]
        if kind == "dxf":
            self._is_in_format = True
        elif kind == "numFmt" and self._is_in_format:
            self.has_conditional_formats = True
        # A workbook with macros says so here, whatever its parts are called.
        if "macroenabled" in attributes.get("ContentType", "").lower():
            raise _active("macros")

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name.endswith(" dxf"):
            self._is_in_format = False

    def _in_value(self, text: str) -> None:
        # What is longer is refused in any case.
        if len(self._value) <= _LONGEST_DOUBLE:
            self._value += text[: _LONGEST_DOUBLE + 1]

    def _end_in_sheet(self, name: str) -> None:
        self._depth -= 1
        if name.rpartition(" ")[2] in ("r", "rPh"):
            self._runs -= 1
        if not name.endswith(" v") or self._parser is None:
            return
        self._parser.CharacterDataHandler = None
        if self.fault is None and self._type in ("n", "s"):
            value = self._value.strip(" \t\r\n")
            if len(value) > _LONGEST_DOUBLE or not _DOUBLE.fullmatch(value):
                self.fault = broken(f"cell {self._name()} holds no number")
            elif self._type == "s" and not _SHARED.fullmatch(value):
                self.fault = broken(f"cell {self._name()} names no text of the file")

    def _name(self) -> str:
        return f"{_letters(self._column)}{self._row}"

    def _in_sheet(self, name: str, attributes: dict[str, str]) -> None:
        self._element(name, attributes)
        kind = name.rpartition(" ")[2]
        if kind not in _OF_CELLS:
            self._others += 1
            if self._others > _MOST_OTHERS:
                raise _too_large()
        if kind in ("r", "rPh"):
            self._runs += 1
        if self.fault is not None or self._parser is None:
            return
        if kind == "c":
            self._type = attributes.get("t", "n")
            self._contents = self._texts = 0
            self._cell(attributes.get("r", ""))
            if not _STYLE.fullmatch(attributes.get("s", "0")):
                self.fault = broken(f"cell {self._name()} has no such style")
        elif kind in ("v", "is") and self._contents:
            # One reader takes the first, another the last, another both.
            self.fault = broken(f"cell {self._name()} holds two values")
        elif kind in ("v", "is") and (kind == "is") is not (self._type == "inlineStr"):
            # A reader that looks where its type says finds nothing.
            self.fault = broken(f"cell {self._name()} holds another kind of value")
        elif kind == "t" and not self._runs:
            # Of several texts that are no runs readers take the first or the last.
            self._texts += 1
            if self._texts > 1:
                self.fault = broken(f"cell {self._name()} holds two values")
        elif kind == "v" and self._type in ("n", "s"):
            self._contents = 1
            self._value = ""
            self._parser.CharacterDataHandler = self._in_value
        elif kind in ("v", "is"):
            self._contents = 1
        elif kind == "row":
            row = attributes.get("r", str(self._row + 1))
            if not row.isdecimal() or len(row) > 7 or int(row) <= self._row:
                self.fault = broken("its rows are not in order")
                return
            self._row, self._column = int(row), 0
            self._is_hidden = _is_unseen(attributes, "ht")
        elif kind == "col" and _is_unseen(attributes, "width"):
            ends = attributes.get("min", ""), attributes.get("max", "")
            if not all(end.isdecimal() and len(end) < 6 for end in ends):
                self.fault = broken("its columns are not numbered")
                return
            self._hidden.append((int(ends[0]), int(ends[1])))
        elif kind == "conditionalFormatting":
            self.is_conditional = True
        elif kind == "sheetView" and attributes.get("showZeros") in ("0", "false"):
            self.fault = Unreadable(
                "zeros-hidden",
                "The sheet shows no zeros, so a cell that holds 0 looks blank; have it"
                " show zeros.",
            )
        elif kind == "f":
            self.fault = Unreadable(
                "not-plain",
                "Cell %(cell)s holds a formula; put the value itself there.",
                cell=self._name(),
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
                self.fault = broken(f"cell {reference[:12]} stands in another row")
                return
            column = _place(match[1])
            if column <= self._column:
                self.fault = broken(f"cell {reference} comes twice or too late")
                return
        self._column = column
        if self._is_hidden or any(low <= column <= high for low, high in self._hidden):
            self.fault = Unreadable(
                "hidden",
                "Cell %(cell)s is in a hidden or filtered row or column, where nobody"
                " sees it; show it or delete it.",
                cell=self._name(),
            )
            return
        self._cells += 1
        if self._cells > MOST_CELLS:
            raise _too_large()


def _is_unseen(attributes: dict[str, str], size: str) -> bool:
    """Say whether a row or column is hidden, or has a height or width of nothing."""
    return attributes.get("hidden") in ("1", "true") or bool(
        _NOTHING.fullmatch(attributes.get(size, "1"))
    )


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
