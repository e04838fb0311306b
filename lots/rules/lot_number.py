"""Lot numbers: allowed characters, and which two numbers look alike.

A number is refused with its code points, never changed (assurance.md T-51).
"""

import re

from lots.rules.refusal import Refusal

LONGEST = 40
_ALLOWED = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ./_+-]*[A-Za-z0-9])?", re.ASCII)
# Characters that a reader of a label takes for each other (after UTS 39, limited to
# the characters that are allowed at all).
_ALIKE = str.maketrans({"o": "0", "i": "1", "l": "1"})


class NotALotNumber(Refusal):
    """The text cannot be a lot number."""


def lot_number(text: str, *, field: str = "number", name: str = "lot number") -> str:
    """Return the text if it can be a lot number; raise NotALotNumber if not.

    Latin letters, digits, space and ``- . / _ +`` inside, at most 40. Nothing is
    stripped or normalised. `name` is what a refusal calls it.
    """
    if not text:
        raise NotALotNumber("blank", "A lot needs its number.", field=field)
    for character in text:
        if not character.isascii() or not character.isprintable():
            raise NotALotNumber(
                "character",
                "The %(name)s has the character %(code)s at place %(place)s, which"
                " cannot be told from others in print; use Latin letters, digits"
                " and - . / _ + only.",
                field=field,
                name=name,
                code=f"U+{ord(character):04X}",
                place=text.index(character) + 1,
            )
    if len(text) > LONGEST:
        raise NotALotNumber(
            "length",
            "The %(name)s has %(length)s characters; at most %(longest)s fit on"
            " a label.",
            field=field,
            name=name,
            length=len(text),
            longest=LONGEST,
        )
    if not _ALLOWED.fullmatch(text) or "  " in text:
        raise NotALotNumber(
            "form",
            "The %(name)s %(text)s is not of the form letters and digits with"
            " - . / _ + or single spaces between them.",
            field=field,
            name=name,
            text=text,
        )
    return text


def skeleton(number: str) -> str:
    """Return what two numbers share that a reader would take for each other."""
    return number.casefold().translate(_ALIKE)
