"""Ordered scales of results in words: clarity and colour of a solution.

Ph. Eur. 2.2.1: reference suspensions I to IV, and "clear" for what is as water or not
more opalescent than suspension I. Ph. Eur. 2.2.2: reference solutions B1 to B9 and BY,
Y, GY and R 1 to 7, where a higher number is a fainter colour, and "colourless" for what
is as water or not more intensely coloured than B9.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lots.rules.refusal import Refusal
from lots.rules.reported_value import Kind, folded

_SUSPENSIONS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_FAINTEST = {"B": 9, "BY": 7, "Y": 7, "GY": 7, "R": 7}
_GRADE = re.compile(
    r"(?P<sign>[<>] ?)?(?:"
    r"(?P<clear>clear)|(?P<colourless>colourless)"
    r"|(?:(?:reference )?suspension )?(?P<suspension>i{1,3}|iv)"
    r"|(?:reference solution )?(?P<hue>b|by|y|gy|r) ?(?P<number>[1-9]))"
)
_SIGNS = {"": Kind.NUMBER, "<": Kind.LESS, ">": Kind.GREATER}
_CLARITY = "clarity"


class NotAGrade(Refusal):
    """The words are not on a scale; the sentence says which there are."""


@dataclass(frozen=True)
class Grade:
    """A place on a scale; `rank` grows with opalescence, or with colour.

    `scale` is clarity or a hue; blank for colourless, which is fainter than every hue.
    `kind` says that it is fainter or stronger than the reference, as of "<BY7".
    """

    scale: str
    rank: int
    kind: Kind = Kind.NUMBER

    @property
    def is_of_clarity(self) -> bool:
        return self.scale == _CLARITY

    @property
    def words(self) -> str:
        """Return the reference as criteria name it."""
        if self.is_of_clarity:
            return f"reference suspension {_roman(self.rank)}"
        return f"{self.scale}{-self.rank}" if self.scale else "B9"


def grade(text: str, *, field: str = "") -> Grade:
    """Return the place on its scale that a text says; refuses every other text."""
    match = _GRADE.fullmatch(folded(text))
    if match is None:
        raise _none(text, field)
    kind = _SIGNS[(match["sign"] or "").strip()]
    if match["clear"] or match["colourless"]:
        if kind is not Kind.NUMBER:
            raise _none(text, field)
        return Grade(_CLARITY, 1) if match["clear"] else Grade("", -_FAINTEST["B"])
    if match["suspension"]:
        return Grade(_CLARITY, _SUSPENSIONS[match["suspension"]], kind)
    hue, number = match["hue"].upper(), int(match["number"])
    if number > _FAINTEST[hue]:
        raise _none(text, field)
    return Grade(hue, -number, kind)


def is_within(value: Grade, limit: Grade) -> bool | None:
    """Say whether a result is not more than the limit; None where nobody can say.

    Colours of two hues have no order. "Colourless" is fainter than the references of
    every hue, and as a limit it is B9.
    """
    if value.is_of_clarity is not limit.is_of_clarity:
        return None
    if not value.scale:
        return True
    if value.scale != (limit.scale or "B"):
        return None
    if value.kind is Kind.GREATER:
        return False if value.rank >= limit.rank else None
    if value.rank <= limit.rank:
        return True
    return None if value.kind is Kind.LESS else False


def words(limit: Grade) -> str:
    """Return what a limit asks, as certificates print it."""
    how = "opalescent" if limit.is_of_clarity else "intensely coloured"
    asked = f"not more {how} than {limit.words}"
    if limit == grade("Clear"):
        return f"Clear ({asked})"
    if not limit.scale:
        return f"Colourless ({asked})"
    return f"N{asked.removeprefix('n')}"


def are_grades(vocabulary: Iterable[str]) -> bool:
    """Say whether there are words, and each is a grade."""
    found = list(vocabulary)
    try:
        grades = [grade(word) for word in found]
    except NotAGrade:
        return False
    return bool(grades) and len({one.is_of_clarity for one in grades}) == 1


def _roman(rank: int) -> str:
    return next(roman for roman, place in _SUSPENSIONS.items() if place == rank).upper()


def _none(text: str, field: str) -> NotAGrade:
    return NotAGrade(
        "grade",
        "%(text)s is no grade of clarity or colour. Type Clear, or I to IV, for"
        " clarity; Colourless, or B, BY, Y, GY or R with its number, such as BY6, for"
        " colour.",
        field=field,
        text=text,
    )
