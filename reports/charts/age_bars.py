"""Age bars: counts in rows, each a bar from zero in four steps of age."""

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

_LEFT, _ROW, _BAR = 118.0, 27.0, 19.0
# A step is never narrower than the number in it.
_LEAST = 8.0


@dataclass(frozen=True)
class Step:
    """A count of a row in a step of age, with its name and where its rows are."""

    n: int
    name: str
    url: str


@dataclass(frozen=True)
class Row:
    """A row: its name and total, and its counts from the youngest to the oldest."""

    name: str
    n: int
    url: str
    steps: tuple[Step, ...]


def picture(
    rows: tuple[Row, ...], *, title: str, description: str, width: float = 372.0
) -> Picture:
    """Return the bars as a picture. Raises ValueError without rows."""
    if not rows:
        raise ValueError("Bars without rows are not drawn.")
    return Picture(
        width=width,
        height=_ROW * len(rows) + 4,
        title=title,
        description=description,
        marks=tuple(_marks(rows, width)),
    )


def _marks(rows: tuple[Row, ...], width: float) -> Iterator[Mark]:
    most = max(max(row.n for row in rows), 5)
    room = width - _LEFT - 34
    for place, row in enumerate(rows):
        y = place * _ROW + 4
        yield Text(Look.WORD, 0, y + 14, row.name)
        yield Line(Look.AXIS, ((_LEFT, y - 2), (_LEFT, y + _ROW - 4)))
        x = _LEFT + 1
        counted = [(step, one) for step, one in enumerate(row.steps, start=1) if one.n]
        least = [max(_LEAST, 7.0 * len(str(one.n)) + 2) for _step, one in counted]
        spare = max(room - sum(least), 0)
        for (step, one), narrow in zip(counted, least, strict=True):
            across = max(narrow, min(room * one.n / most, narrow + spare))
            yield Link(
                one.url,
                one.name,
                (
                    Area(AGES[step], x, y + 1, across - 1.5, _BAR),
                    Text(
                        on_age(step),
                        x + (across - 1.5) / 2,
                        y + 15,
                        str(one.n),
                        Anchor.MIDDLE,
                    ),
                ),
            )
            x += across
        if len(counted) > 1:
            yield Link(
                row.url,
                f"{row.name}: {row.n}",
                (Text(Look.STRONG, min(x + 4, width - 30), y + 15, str(row.n)),),
            )
        elif not counted:
            yield Text(Look.FAINT, _LEFT + 8, y + 15, "0")
