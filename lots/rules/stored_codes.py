"""Codes that records store, each with its words and the look of its chip.

A word here is a message for gettext: pages translate it, records keep the code.
Standard library only.
"""

from enum import StrEnum
from typing import Self


def gettext_noop(message: str) -> str:
    """Return the message as it is; the name marks it for makemessages."""
    return message


class Coded(StrEnum):
    """A set of codes; each member is its code and carries its `word`.

    A code that is stored never changes. A further code is one further member: the
    word is part of it, so no list of words beside it can lack one.
    """

    word: str

    def __new__(cls, code: str, word: str, *_more: object) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.word = word
        return member

    @classmethod
    def of(cls, code: str) -> Self:
        """Return the member with this code; ValueError if there is none."""
        for member in cls:
            if member == code:
                return member
        raise ValueError(f"{code!r} is no {cls.__name__}")


class Said(Coded):
    """A set of codes that carry `said` too: the word inside a sentence."""

    said: str

    def __init__(self, _code: str, _word: str, said: str) -> None:
        self.said = said


class Tone(StrEnum):
    """The look of a chip: a class of the stylesheet, with a shape of its own.

    Never colour alone: `shape` and a word stand beside it.
    """

    shape: str

    def __new__(cls, code: str, shape: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.shape = shape
        return member

    PASS = "pass", "✓"
    ALERT = "alert", "▲"
    OOS = "oos", "✕"
    OOT = "oot", "◆"
    UNDECIDED = "undecided", "○"
    MISSING = "missing", "–"
