"""People: when two printed names read the same, and two employee numbers.

A reader of a signature cannot tell `Lin Yue` from `YUE, Lin` or from `Lín Yue`, nor the
employee `0017` from `17` (docs/decisions/0024).
"""

import re

from lots.rules.lot_number import lot_number, skeleton
from lots.rules.refusal import Refusal
from lots.rules.text import unaccented

# Letters with a stroke or of two letters: Unicode takes no accent off them.
_WITHOUT_STROKE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
)
_WORD = re.compile(r"[^\W_]+")
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")


def name_read(name: str) -> str:
    """Return what two printed names share that a reader would take for each other.

    The same in another case, with other accents, in letters that look alike, with
    other marks between the words or none, or with the words in another order.
    """
    plain = unaccented(name).casefold().translate(_WITHOUT_STROKE)
    letters = "".join(sorted(_WORD.findall(skeleton(plain))))
    # Of words that are run together, in either order, the same turn is the first.
    return min(
        (letters[place:] + letters[:place] for place in range(len(letters))), default=""
    )


def employee_number(text: str) -> str:
    """Return the text if it can be an employee number; raise NotALotNumber if not.

    It has the characters of a lot number, so that it can be read from a staff card.
    """
    if not number_read(text):
        raise Refusal(
            "blank",
            "Type the employee number: the number that the company gives to this"
            " person and to nobody else.",
            field="employee_number",
        )
    return lot_number(text, field="employee_number", name="employee number")


def number_read(number: str) -> str:
    """Return what two employee numbers share that are one: E-0017 and e17."""
    return _ZEROS.sub("", re.sub(r"[\W_]+", "", skeleton(number)))
