"""Lot numbers: allowed characters, and which two numbers look alike.

A number is refused with its code points, never changed (assurance.md T-51).
"""

import re

from lots.rules.refusal import Refusal

LONGEST = 40
_ALLOWED = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ./_+-]*[A-Za-z0-9])?", re.ASCII)
# The unified ideographs that a certificate can print (U+4E00 to U+9FFF).
_CHINESE = re.compile("[\u4e00-\u9fff]")
_MANUFACTURERS = re.compile(
    "[A-Za-z0-9(#\u4e00-\u9fff]"
    "(?:[A-Za-z0-9 ./_+()#&\u4e00-\u9fff-]*[A-Za-z0-9)\u4e00-\u9fff])?"
)
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
    _check(text, field=field, name=name, form=_ALLOWED, marks="- . / _ +")
    return text


def manufacturers_number(text: str, *, field: str = "original_number") -> str:
    """Return the text if it can be a manufacturer's lot number; else NotALotNumber.

    It is printed as the manufacturer wrote it (ICH Q7 11.41), so it may also have
    ``( ) # &`` and Chinese characters, which nobody takes for Latin letters.
    """
    _check(
        text,
        field=field,
        name="manufacturer's lot number",
        form=_MANUFACTURERS,
        marks="- . / _ + ( ) # &",
        others=", Chinese characters",
    )
    return text


def _check(
    text: str,
    *,
    field: str,
    name: str,
    form: re.Pattern[str],
    marks: str,
    others: str = "",
) -> None:
    if not text:
        raise NotALotNumber("blank", "A lot needs its number.", field=field)
    for place, character in enumerate(text, start=1):
        is_latin = character.isascii() and character.isprintable()
        if not is_latin and not (others and _CHINESE.fullmatch(character)):
            raise NotALotNumber(
                "character",
                "The %(name)s has the character %(code)s at place %(place)s, which"
                " cannot be told from others in print; use Latin letters%(others)s,"
                " digits and %(marks)s only.",
                field=field,
                name=name,
                code=f"U+{ord(character):04X}",
                place=place,
                others=others,
                marks=marks,
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
    if not form.fullmatch(text) or "  " in text:
        raise NotALotNumber(
            "form",
            "The %(name)s %(text)s is not of the form letters and digits with"
            " %(marks)s or single spaces between them.",
            field=field,
            name=name,
            text=text,
            marks=marks,
        )


def skeleton(number: str) -> str:
    """Return what two numbers share that a reader would take for each other."""
    return number.casefold().translate(_ALIKE)
