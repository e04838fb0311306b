"""Formats: the number in every stored text, and what reads each number ever written.

What was signed, certified or backed up is read for as long as it is kept, by a program
that writes a later format by then (architecture.md 6.4; 21 CFR 11.10(b) and (c)).
"""

from collections.abc import Callable
from typing import Any, TypeVar

from lots.rules.refusal import Refusal

Reader = TypeVar("Reader", bound=Callable[[Any], Any])


class UnknownFormat(Refusal):
    """A stored text has a format that this version does not read."""


class Format:
    """A kind of stored text: the number that it is written with, and its readers.

    Declared once, where the text is written, with a reader beside it for every number
    from 1 on. A reader takes what was stored and returns it as the program of today
    knows it. The tests refuse a number that has no reader or no stored sample.
    """

    def __init__(self, record: str, *, number: int) -> None:
        self.record = record
        self.number = number
        self._readers: dict[int, Callable[[Any], Any]] = {}

    def reads(self, *numbers: int) -> Callable[[Reader], Reader]:
        """Register the function below as the reader of these numbers."""

        def register(reader: Reader) -> Reader:
            for number in numbers:
                if number in self._readers:
                    raise ValueError(f"{self.record} format {number} has a reader.")
                self._readers[number] = reader
            return reader

        return register

    @property
    def unread(self) -> tuple[int, ...]:
        """Return the numbers up to today's that have no reader: none, in a program."""
        return tuple(
            number
            for number in range(1, self.number + 1)
            if number not in self._readers
        )

    def read(self, stored: Any) -> Any:
        """Return what was stored, as its number's reader returns it.

        The number stands in it as `format`: a number, or its digits where the text is
        canonical (`chain.plain`). Raises UnknownFormat for every other one.
        """
        number = stored.get("format") if isinstance(stored, dict) else None
        known = {form: key for key in self._readers for form in (key, str(key))}
        if type(number) not in (int, str) or number not in known:
            raise UnknownFormat(
                "unknown-format",
                "This %(record)s is stored in format %(number)s, and this version reads"
                " formats 1 to %(last)s; open it with the version that stored it, or a"
                " later one.",
                record=self.record,
                number=str(number),
                last=self.number,
            )
        return self._readers[known[number]](stored)
