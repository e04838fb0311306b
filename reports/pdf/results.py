"""Results table of the certificate, and what stands directly under it."""

import re
from dataclasses import dataclass, replace
from typing import Final

from lots.rules.criterion import raised
from reports.content.certificate import Certificate, Laboratory, Line
from reports.pdf.draw import filled
from reports.pdf.fonts import bold, regular
from reports.pdf.head import telephone
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

_HEADINGS: Final = ("Test", "Method", "Acceptance criterion", "Result", "Verdict")
# Shares of the width: as a rule, and where long results or long names of tests would
# take more lines.
_SHARES: Final = (
    (0.268, 0.170, 0.275, 0.189, 0.098),
    (0.240, 0.147, 0.263, 0.252, 0.098),
    (0.312, 0.147, 0.254, 0.189, 0.098),
)
_INSET: Final = 4.0
_MARK: Final = 6.0

# The part of the result's width that the figures before the decimal point may take to
# be aligned, and those after it; a longer number is set like words.
_ALIGNED: Final = 0.36

# What is aligned: a number with its sign, before and from the decimal point.
_NUMBER: Final = re.compile(r"([<>]?[+-]?[0-9]+)((?:\.[0-9]+)?)")


_EXPLAINED: Final = "RT, the reporting threshold"
_THRESHOLD: Final = re.compile(r"\bRT [0-9]").search


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
    columns = _fitting(content, sheet)
    head = _head(columns, sheet)
    blocks = [head]
    for group in content.groups:
        repeated: tuple[Block, ...] = (head,)
        if group.heading:
            blocks.append(_heading(group.heading, sheet, repeated=(head,)))
            again = _heading(f"{group.heading} (continued)", sheet, repeated=())
            repeated = (head, again)
        blocks += (
            _row(line, columns, sheet, repeated=repeated) for line in group.lines
        )
    return [*blocks[:-1], replace(blocks[-1], glued=True)]


def _fitting(content: Certificate, sheet: Sheet) -> _Columns:
    """Return the columns with which the lines take the least height."""
    lines = [line for group in content.groups for line in group.lines]
    best, least = None, 0.0
    for shares in _SHARES:
        columns = _columns(content, sheet, shares)
        height = sum(_height(line, columns) for line in lines)
        if best is None or height < least:
            best, least = columns, height
        if height == LEADING * len(lines):
            break  # nothing is wrapped
    assert best is not None
    return best


def _height(line: Line, columns: _Columns) -> float:
    return max(cell.height for cell in _cells(line, columns))


def _columns(content: Certificate, sheet: Sheet, shares: tuple[float, ...]) -> _Columns:
    edge, starts, widths = sheet.left, [], []
    for share in shares:
        starts.append(edge + _INSET)
        widths.append(sheet.across * share - 2 * _INSET)
        edge += sheet.across * share
    numbers = [
        parts
        for group in content.groups
        for line in group.lines
        if (parts := _aligned(line.result, widths[3]))
    ]
    before = max((whole for whole, _ in numbers), default=0.0)
    after = max((part for _, part in numbers), default=0.0)
    point = starts[3] + before
    return _Columns(tuple(starts), tuple(widths), point, point + after + 3)


def _aligned(result: str, width: float) -> tuple[float, float] | None:
    """Return how wide a number is before and from its point, or None for other text.

    None for a number too long to be aligned, too.
    """
    number = _NUMBER.fullmatch(result)
    if number is None:
        return None
    whole, part = (regular().width(each, TEXT) for each in number.groups())
    most = width * _ALIGNED
    return (whole, part) if max(whole, part) <= most else None


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
    row = beside(*_cells(line, columns))
    return Block(
        height=row.height,
        texts=row.texts,
        repeated=repeated,
        elastic=True,
        ruled=True,
    )


def _cells(line: Line, columns: _Columns) -> tuple[Block, ...]:
    complies = line.verdict == "Complies"
    starts, widths = columns.starts, columns.widths
    return (
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


def _test(line: Line, x: float, width: float) -> Block:
    """Return the test with its basis, and the raised marks behind its last word."""
    name = f"{line.test}, {line.basis}" if line.basis else line.test
    marks = " ".join(filter(None, (*line.notes, line.laboratory)))
    if not marks:
        return cell(name, x=x, width=width)
    room = regular().width(marks, _MARK) + 1.5
    if room > width / 2:
        # So many that they take lines of their own.
        return stacked(
            [
                cell(name, x=x, width=width),
                cell(marks, x=x, width=width, size=_MARK, leading=7, colour=ACCENT),
            ]
        )
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
    if line.uncertainty:
        behind = f"± {line.uncertainty} {line.unit}".rstrip()
        line = replace(line, unit=behind, uncertainty="")
    limit = f"({line.quantitation})" if line.quantitation else ""
    parts = _aligned(line.result, width)
    if parts is None and limit and not re.search(r"\d", line.result):
        return _not_detected(line, x, width)
    if parts is None:
        words = " ".join(filter(None, (line.result, line.unit, limit)))
        return cell(raised(words), x=x, width=width)
    whole, _ = parts
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


def _not_detected(line: Line, x: float, width: float) -> Block:
    """Return a result that is no number, with its limit; the unit is the limit's."""
    within = f"({' '.join(filter(None, (line.quantitation, line.unit)))})"
    value = cell(line.result, x=x, width=width)
    used = regular().width(line.result, TEXT) + 3
    # It may reach into the space before the next column, which is wider than a word's.
    room = width + _INSET - used
    if regular().width(within, SMALL) <= room:
        note = cell(within, x=x + used, width=room, size=SMALL, colour=QUIET)
        return beside(value, note)
    return stacked([value, cell(within, x=x, width=width, size=SMALL, colour=QUIET)])


def footnotes(content: Certificate, sheet: Sheet) -> list[Block]:
    """Return the rounding statement, the footnotes and the laboratories, in small.

    One that no line leads to, as of tests not done on this lot, has no number. They
    stay together under the table unless no page holds them.
    """
    lines = (line for group in content.groups for line in group.lines)
    marked = {mark for line in lines for mark in line.notes}
    notes = [("", " ".join(filter(None, (content.rounding, _abbreviations(content)))))]
    notes += (
        (each.mark if each.mark in marked else "", raised(each.text))
        for each in sorted(content.footnotes, key=lambda one: one.mark in marked)
    )
    notes += ((each.mark, _laboratory(each)) for each in content.laboratories)
    first, *others = (_note(mark, text, sheet) for mark, text in notes)
    blocks = [stacked([gap(3), first]), *others]
    return [*(replace(block, glued=True) for block in blocks[:-1]), blocks[-1]]


def _abbreviations(content: Certificate) -> str:
    """Say what RT beside a result is, where no footnote does.

    It is read as a retention time.
    """
    limits = (line.quantitation for group in content.groups for line in group.lines)
    if any(_EXPLAINED in note.text for note in content.footnotes):
        return ""
    return "RT: reporting threshold." if any(map(_THRESHOLD, limits)) else ""


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
