"""Month strips: counts by month in rows, each month a cell whose step says how many."""

from collections.abc import Iterator
from dataclasses import dataclass

from reports.charts.picture import (
    AGES,
    Anchor,
    Area,
    Line,
    Link,
    Look,
    Mark,
    Picture,
    Text,
    on_age,
)

_LEFT, _TOP, _ROW, _CELL, _FOOT = 112.0, 18.0, 22.0, 19.0, 20.0


@dataclass(frozen=True)
class Cell:
    """A month of a row: how many, with what it is and where its rows are."""

    n: int
    name: str
    url: str


@dataclass(frozen=True)
class MonthStrip:
    """What is drawn. `months` have a text or none; `today` stands before a month."""

    title: str
    description: str
    months: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    today: int
    today_text: str


def picture(strip: MonthStrip, *, width: float = 1190.0) -> Picture:
    """Return the strip as a picture. Raises ValueError without rows or months."""
    if not strip.rows or not strip.months:
        raise ValueError("A strip without months is not drawn.")
    return Picture(
        width=width,
        height=_TOP + _ROW * len(strip.rows) + _FOOT,
        title=strip.title,
        description=strip.description,
        marks=tuple(_marks(strip, width)),
    )


def _marks(strip: MonthStrip, width: float) -> Iterator[Mark]:
    step = (width - _LEFT - 2) / len(strip.months)
    most = max(cell.n for _name, cells in strip.rows for cell in cells)
    for place, (name, cells) in enumerate(strip.rows):
        y = _TOP + place * _ROW
        yield Text(Look.WORD, 0, y + 14, name)
        for month, cell in enumerate(cells):
            x = _LEFT + month * step
            shade = _shade(cell.n, most)
            area = Area(AGES[shade], x + 1, y, step - 2, _CELL)
            if not cell.n:
                yield area
                continue
            number = Text(
                on_age(shade), x + step / 2, y + 14, str(cell.n), Anchor.MIDDLE
            )
            yield Link(cell.url, cell.name, (area, number))
    bottom = _TOP + _ROW * len(strip.rows)
    for month, text in enumerate(strip.months):
        if text:
            yield Text(Look.WORD, _LEFT + month * step + 1, bottom + 13, text)
    x = _LEFT + strip.today * step
    yield Line(Look.MIDDLE, ((x, 12), (x, bottom)))
    yield Text(Look.STRONG, x + 4, 11, strip.today_text)


def _shade(n: int, most: int) -> int:
    """Return the step of a count: its own up to four, else its quarter of the most."""
    return n if most <= 4 else -(-4 * n // most)
