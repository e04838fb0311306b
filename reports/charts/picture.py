"""Pictures: marks with their places, which every way of drawing draws alike.

Lengths are points, the origin is at the top left and y grows downwards. What a mark
looks like is said by its `Look`, never by a colour: a style sheet and the PDF theme
hold the colours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Place: TypeAlias = tuple[float, float]
TEXT_SIZE = 11.0


class Look(StrEnum):
    """What a mark stands for; the class `x-<look>` of the style sheet."""

    GRID = "grid"
    AXIS = "axis"
    LIMIT = "spec-line"
    ALERT = "alert-line"
    CONTROL = "cl"
    CENTRE = "centre"
    PHASE = "phase"
    ZONE = "zone"
    OUTSIDE = "out"
    JOIN = "line-quiet"
    CURVE = "curve"
    BAR = "bar"
    NOW = "bar-now"
    STEP = "step"
    WHISKER = "whisk"
    MIDDLE = "limit"
    DOT = "dot"
    SOFT = "dot-soft"
    LAST = "dot-now"
    OPEN = "open"
    SIGNAL = "oot"
    OOS = "oos"
    WORD = "word"
    STRONG = "strong"
    FAINT = "faint"
    SPEC_WORD = "spec"
    ON = "on"
    AGE_0 = "heat0"
    AGE_1 = "age1"
    AGE_2 = "age2"
    AGE_3 = "age3"
    AGE_4 = "age4"


# Four steps of one hue, from light to dark; the first is of nothing. Words on the last
# two are those of Look.ON.
AGES = (Look.AGE_0, Look.AGE_1, Look.AGE_2, Look.AGE_3, Look.AGE_4)


def on_age(step: int) -> Look:
    """Return the look of a word on a step of AGES."""
    return Look.ON if step >= 3 else Look.STRONG


class Anchor(StrEnum):
    """Which part of a text stands at its place."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


class Shape(StrEnum):
    """The shape of a point: shape and word say what colour repeats (WCAG 1.4.1)."""

    CIRCLE = "circle"
    DIAMOND = "diamond"
    OCTAGON = "octagon"


@dataclass(frozen=True)
class Line:
    """A line through its places."""

    look: Look
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Area:
    """A rectangle from its top left; `name` is what a reader is told of it."""

    look: Look
    x: float
    y: float
    width: float
    height: float
    name: str = ""


@dataclass(frozen=True)
class Point:
    """A point of a chart: `size` from its centre to its edge, `name` what it is.

    A struck one is crossed out: it was left out with a reason.
    """

    look: Look
    shape: Shape
    x: float
    y: float
    size: float
    name: str = ""
    is_struck: bool = False

    @property
    def corners(self) -> tuple[Place, ...]:
        """Return the corners of its shape; a circle has none."""
        if self.shape is Shape.CIRCLE:
            return ()
        if self.shape is Shape.DIAMOND:
            steps: Sequence[Place] = ((0, -1), (1, 0), (0, 1), (-1, 0))
        else:
            cut = 0.42
            steps = (
                (-cut, -1), (cut, -1), (1, -cut), (1, cut),
                (cut, 1), (-cut, 1), (-1, cut), (-1, -cut),
            )  # fmt: skip
        return tuple(
            (self.x + self.size * across, self.y + self.size * down)
            for across, down in steps
        )

    @property
    def stroke(self) -> tuple[Place, Place]:
        """Return the ends of the line that strikes it out."""
        reach = self.size * 0.9
        return (self.x - reach, self.y + reach), (self.x + reach, self.y - reach)


@dataclass(frozen=True)
class Text:
    """A text on its base line."""

    look: Look
    x: float
    y: float
    text: str
    anchor: Anchor = Anchor.START


@dataclass(frozen=True)
class Link:
    """Marks that lead to their rows; `name` is what a reader is told that they are."""

    url: str
    name: str
    marks: "tuple[Line | Area | Point | Text, ...]"


Mark: TypeAlias = Line | Area | Point | Text | Link


@dataclass(frozen=True)
class Picture:
    """Marks in the order in which they are drawn, with what a screen reader says."""

    width: float
    height: float
    title: str
    description: str
    marks: tuple[Mark, ...]

    def of(self, kind: type) -> Iterator[Mark]:
        """Return the marks of a kind."""
        return (mark for mark in self.marks if isinstance(mark, kind))

    @property
    def drawn(self) -> Iterator[Line | Area | Point | Text]:
        """Return what is drawn, in its order: of a link its marks."""
        for mark in self.marks:
            if isinstance(mark, Link):
                yield from mark.marks
            else:
                yield mark
