"""Text: which characters a stored text may have, and which texts look alike.

Nothing is stripped or replaced: a text is refused with its code point (assurance.md
T-11, T-51).
"""

import re
import unicodedata

from lots.rules.confusables import READ_AS
from lots.rules.lot_number import skeleton
from lots.rules.refusal import Refusal

# Letters, marks and a sign that are counted as printable and show nothing.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef"
    # What bytes that are no UTF-8 are read as: nobody typed it.
    "\ufffd]"
)
_READ_AS = str.maketrans(READ_AS)


class NotPlainText(Refusal):
    """The text has a character that nobody sees, or more characters than fit."""


def plain_text(text: str, *, field: str, longest: int | None, name: str = "") -> str:
    """Return the text if it can be kept as it is; raise NotPlainText if not.

    Letters of every script are plain. Control characters, directions, joiners, odd
    spaces and lone surrogates are not: two texts that differ by one look the same,
    and PostgreSQL cannot keep U+0000 at all. A line feed is the one exception.
    """
    called = name or field.replace("_", " ")
    if longest is not None and len(text) > longest:
        raise NotPlainText(
            "length",
            "The %(name)s has %(length)s characters; at most %(longest)s fit.",
            field=field,
            name=called,
            length=len(text),
            longest=longest,
        )
    if is_plain(text):
        return text
    for place, character in enumerate(text, start=1):
        if not is_plain(character) and character != "\n":
            raise NotPlainText(
                "character",
                "The %(name)s has the character %(code)s at place %(place)s, which"
                " cannot be seen or printed; type it again without.",
                field=field,
                name=called,
                code=f"U+{ord(character):04X}",
                place=place,
            )
    return text


def is_plain(text: str) -> bool:
    """Say whether every character can be seen; a line feed cannot."""
    return text.isprintable() and (text.isascii() or not _UNSEEN.search(text))


def latin(text: str) -> str:
    """Return the text as it is read, letters of other scripts as Latin ones (UTS 39).

    Before and after the compatibility form, which turns some look-alikes into letters
    that look like none.
    """
    if text.isascii():
        return text
    read = unicodedata.normalize("NFKC", text.translate(_READ_AS))
    return read.translate(_READ_AS)


def unaccented(text: str) -> str:
    """Return what is read of a text in Latin letters without accents: intrathecal."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", latin(text))
        if not unicodedata.combining(letter)
    )


def look(text: str) -> str:
    """Return what two texts share that a reader would take for each other."""
    return skeleton(" ".join(latin(text).split()))
