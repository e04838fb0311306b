"""The table of results and what stands directly under it. Blocks only."""

import re
from dataclasses import dataclass, replace
from typing import Final

from reports.certificate import Certificate, Laboratory, Line
from reports.pdf.draw import filled
from reports.pdf.fonts import bold, regular
from reports.pdf.head import telephone
from reports.pdf.measure import raised
from reports.pdf.page import Block, Shape, Text, beside, gap, stacked
from reports.pdf.text import cell
from reports.pdf.theme import (
    ACCENT,
    INK,
    LEADING,
    QUIET,
    SMALL,
    SMALL_LEADING,
    TEXT,
    TINT,
    Sheet,
)

_HEADINGS: Final = ("Test", "Procedure", "Acceptance criterion", "Result", "Verdict")
_SHARES: Final = (0.268, 0.170, 0.275, 0.189, 0.098)
_INSET: Final = 4.0
_MARK: Final = 6.0

# What is aligned: a number with its sign, before and from the decimal point.
_NUMBER: Final = re.compile(r"([<>]?-?[0-9]+)((?:\.[0-9]+)?)")


@dataclass(frozen=True)
class _Columns:
    """Where each column begins and how wide its text may be."""

    starts: tuple[float, ...]
    widths: tuple[float, ...]
    point: float
    unit: float


def table(content: Certificate, sheet: Sheet) -> list[Block]:
    """Return the column head, then each group: its heading stays with its first line.

    On a new page the column head and the heading of a broken group are repeated, and
    the last line stays with what stands under the table.
    """
    columns = _columns(content, sheet)
    head = _head(columns, sheet)
    blocks = [head]
    for group in content.groups:
        heading = _heading(group.heading, sheet, repeated=(head,))
        again = _heading(f"{group.heading} (continued)", sheet, repeated=())
        blocks.append(heading)
        blocks += (
            _row(line, columns, sheet, repeated=(head, again)) for line in group.lines
        )
    return [*blocks[:-1], replace(blocks[-1], glued=True)]


def _columns(content: Certificate, sheet: Sheet) -> _Columns:
    edge, starts, widths = sheet.left, [], []
    for share in _SHARES:
        starts.append(edge + _INSET)
        widths.append(sheet.across * share - 2 * _INSET)
        edge += sheet.across * share
    numbers = [
        found.groups()
        for group in content.groups
        for line in group.lines
        if (found := _NUMBER.fullmatch(line.result))
    ]
    before = max((regular().width(whole, TEXT) for whole, _ in numbers), default=0.0)
    after = max((regular().width(part, TEXT) for _, part in numbers), default=0.0)
    point = starts[3] + before
    return _Columns(tuple(starts), tuple(widths), point, point + after + 3)


def _head(columns: _Columns, sheet: Sheet) -> Block:
    row = beside(
        *(
            cell(words, x=x, width=width, weight=bold(), size=8, colour=INK)
            for words, x, width in zip(
                _HEADINGS, columns.starts, columns.widths, strict=True
            )
        )
    )
    text = stacked([gap(1.6), row, gap(1.6)])
    shape = Shape(sheet.left, 0, filled(TINT, sheet.across, text.height))
    return Block(height=text.height, texts=text.texts, shapes=(shape,), glued=True)


def _heading(words: str, sheet: Sheet, *, repeated: tuple[Block, ...]) -> Block:
    text = cell(
        words,
        x=sheet.left + _INSET,
        width=sheet.across - 2 * _INSET,
        weight=bold(),
        colour=ACCENT,
        leading=LEADING + 1.2,
    )
    return Block(
        height=text.height,
        texts=text.texts,
        glued=True,
        repeated=repeated,
        elastic=True,
    )


def _row(
    line: Line, columns: _Columns, sheet: Sheet, *, repeated: tuple[Block, ...]
) -> Block:
    complies = line.verdict == "Complies"
    starts, widths = columns.starts, columns.widths
    row = beside(
        _test(line, starts[0], widths[0]),
        cell(line.procedure, x=starts[1], width=widths[1]),
        cell(raised(line.criterion), x=starts[2], width=widths[2]),
        _result(line, columns),
        cell(
            line.verdict,
            x=starts[4],
            width=widths[4] + _INSET,
            weight=regular() if complies else bold(),
        ),
    )
    return Block(
        height=row.height,
        texts=row.texts,
        repeated=repeated,
        elastic=True,
        ruled=True,
    )


def _test(line: Line, x: float, width: float) -> Block:
    """Return the test with its basis, and the raised marks behind its last word."""
    name = f"{line.test}, {line.basis}" if line.basis else line.test
    marks = " ".join(filter(None, (*line.notes, line.laboratory)))
    if not marks:
        return cell(name, x=x, width=width)
    room = regular().width(marks, _MARK) + 1.5
    text = cell(name, x=x, width=width - room)
    last = text.texts[-1]
    mark = Text(
        last.x + last.weight.width(last.string, last.size) + 1.5,
        last.down - 2.8,
        regular(),
        _MARK,
        ACCENT,
        marks,
    )
    return Block(height=text.height, texts=(*text.texts, mark))


def _result(line: Line, columns: _Columns) -> Block:
    """Return the number on its decimal point, then its unit and limit, once each."""
    x, width = columns.starts[3], columns.widths[3]
    limit = f"({line.quantitation})" if line.quantitation else ""
    number = _NUMBER.fullmatch(line.result)
    if number is None:
        words = " ".join(filter(None, (line.result, line.unit, limit)))
        return cell(raised(words), x=x, width=width)
    whole = regular().width(number[1], TEXT)
    value = cell(line.result, x=columns.point - whole, width=width)
    room = x + width - columns.unit
    unit = cell(line.unit, x=columns.unit, width=room) if line.unit else None
    if not limit:
        return beside(value, unit) if unit else value
    used = regular().width(line.unit, TEXT) + 3 if line.unit else 0.0
    if used + regular().width(limit, SMALL) <= room:
        note = cell(limit, x=columns.unit + used, width=room, size=SMALL, colour=QUIET)
        return beside(value, unit, note) if unit else beside(value, note)
    note = cell(limit, x=columns.unit, width=room, size=SMALL, colour=QUIET)
    return beside(value, stacked([unit, note]) if unit else note)


def footnotes(content: Certificate, sheet: Sheet) -> Block:
    """Return the rounding statement, the footnotes and the laboratories, in small."""
    notes = [("", content.rounding)]
    notes += ((each.mark, raised(each.text)) for each in content.footnotes)
    notes += ((each.mark, _laboratory(each)) for each in content.laboratories)
    return stacked([gap(3), *(_note(mark, text, sheet) for mark, text in notes)])


def _laboratory(laboratory: Laboratory) -> str:
    report = f"report {laboratory.report}" if laboratory.report else ""
    reach = telephone(laboratory.telephone)
    parts = (laboratory.name, *laboratory.address, reach, report)
    return f"Tested by {', '.join(filter(None, parts))}."


def _note(mark: str, text: str, sheet: Sheet) -> Block:
    left = sheet.left + _INSET
    indent = 14.0 if mark else 0.0
    width = sheet.right - left - indent
    label = cell(
        mark, x=left, width=indent, size=SMALL, leading=SMALL_LEADING, colour=ACCENT
    )
    words = cell(
        text,
        x=left + indent,
        width=width,
        size=SMALL,
        leading=SMALL_LEADING,
        colour=QUIET,
    )
    return beside(label, words)
